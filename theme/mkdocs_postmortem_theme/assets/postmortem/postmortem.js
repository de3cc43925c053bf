// What pages can do beyond standing there: times in the reader's own zone, a filter for the
// archive, tables that sort. Without this script everything is there and nothing of it works.
(function () {
  "use strict";

  function pad(number) {
    return String(number).padStart(2, "0");
  }

  function local(element) {
    var instant = new Date(element.dateTime);
    var text = pad(instant.getHours()) + ":" + pad(instant.getMinutes());
    if (element.dataset.pmSite.split(":").length > 2) {
      text += ":" + pad(instant.getSeconds());
    }
    // The day headings are in the site's zone, so another day is said beside the time.
    var siteDay = element.dataset.pmDay;
    var day = instant.getFullYear() + "-" + pad(instant.getMonth() + 1) + "-" + pad(instant.getDate());
    if (siteDay && siteDay !== day) {
      text += " (" + instant.toLocaleDateString([], { day: "numeric", month: "short" }) + ")";
    }
    return text;
  }

  function enhance(timeline) {
    if (timeline.querySelector(".pm-zone") || typeof Intl === "undefined") {
      return;
    }
    var own = Intl.DateTimeFormat().resolvedOptions().timeZone || "local time";
    var site = timeline.dataset.pmZone;
    if (own === site || (site === "UTC" && /^(Etc\/)?(UTC|GMT|Universal)$/.test(own))) {
      return;
    }
    var clocks = timeline.querySelectorAll("time.pm-clock");
    if (!clocks.length) {
      return;
    }
    clocks.forEach(function (clock) {
      clock.dataset.pmSite = clock.textContent;
    });
    var button = document.createElement("button");
    button.type = "button";
    button.className = "pm-zone";
    var offer = "Show times in my time zone (" + own + ")";
    button.textContent = offer;
    var caption = timeline.querySelector("caption");
    var said = caption ? caption.textContent : "";
    button.addEventListener("click", function () {
      var mine = button.textContent === offer;
      button.textContent = mine ? "Show times in " + site : offer;
      if (caption) {
        caption.textContent = mine ? said.replace(site, own) : said;
      }
      clocks.forEach(function (clock) {
        clock.textContent = mine ? local(clock) : clock.dataset.pmSite;
      });
    });
    timeline.insertBefore(button, timeline.firstChild);
  }

  var FILTERS = [
    ["component", "Component", "components"],
    ["severity", "Severity", "severity"],
    ["year", "Year", "year"],
    ["tag", "Tag", "tags"],
  ];

  function valuesOf(entry, key) {
    var text = entry.dataset[key] || "";
    return text.charAt(0) === "[" ? JSON.parse(text) : text ? [text] : [];
  }

  function field(form, name, text, control) {
    var label = document.createElement("label");
    label.textContent = text;
    control.name = name;
    label.appendChild(control);
    form.appendChild(label);
    return control;
  }

  function filterArchive(archive) {
    var list = archive.querySelector(".pm-archive__list");
    if (archive.querySelector(".pm-filters") || !list) {
      return;
    }
    var form = document.createElement("form");
    form.className = "pm-filters";
    form.setAttribute("role", "search");
    form.setAttribute("aria-label", "Filter incidents");
    var wanted = new URLSearchParams(location.search);
    var controls = FILTERS.map(function (filter) {
      return field(form, filter[0], filter[1], document.createElement("select"));
    });
    var text = document.createElement("input");
    text.type = "search";
    field(form, "text", "Text", text);
    var count = document.createElement("p");
    count.className = "pm-asof";
    count.setAttribute("role", "status");

    function options() {
      FILTERS.forEach(function (filter, index) {
        var known = {};
        list.querySelectorAll(".pm-entry").forEach(function (entry) {
          valuesOf(entry, filter[2]).forEach(function (value) {
            known[value] = true;
          });
        });
        var chosen = controls[index].value || wanted.get(filter[0]) || "";
        controls[index].replaceChildren(new Option("any", ""));
        Object.keys(known).sort().forEach(function (value) {
          controls[index].add(new Option(value, value, false, value === chosen));
        });
      });
    }

    function apply() {
      var words = text.value.trim().toLowerCase();
      var shown = 0;
      list.querySelectorAll(".pm-entry").forEach(function (entry) {
        var fits = FILTERS.every(function (filter, index) {
          var value = controls[index].value;
          return !value || valuesOf(entry, filter[2]).indexOf(value) >= 0;
        });
        fits = fits && entry.textContent.toLowerCase().indexOf(words) >= 0;
        entry.hidden = !fits;
        shown += fits;
      });
      list.querySelectorAll(".pm-listing").forEach(function (group) {
        var empty = !group.querySelector(".pm-entry:not([hidden])");
        group.hidden = empty;
        if (group.previousElementSibling) {
          group.previousElementSibling.hidden = empty;
        }
      });
      count.textContent = shown === 1 ? "1 incident" : shown + " incidents";
      var query = new URLSearchParams();
      controls.concat(text).forEach(function (control) {
        if (control.value) {
          query.set(control.name, control.value);
        }
      });
      var search = query.toString();
      history.replaceState(history.state, "", (search ? "?" + search : location.pathname) + location.hash);
    }

    // The other pages of a long archive are fetched once somebody filters.
    function fetchRest() {
      var pages = archive.querySelectorAll(".pm-pages a");
      if (!pages.length || form.dataset.whole) {
        return Promise.resolve();
      }
      form.dataset.whole = "true";
      return Promise.all(
        Array.from(pages, function (link) {
          return fetch(link.href).then(function (answer) {
            return answer.text().then(function (html) {
              var other = new DOMParser().parseFromString(html, "text/html");
              other.querySelectorAll(".pm-archive__list a[href]").forEach(function (anchor) {
                anchor.href = new URL(anchor.getAttribute("href"), answer.url).href;
              });
              return other.querySelector(".pm-archive__list");
            });
          });
        })
      ).then(function (lists) {
        lists.forEach(function (more) {
          list.append.apply(list, Array.from(more.childNodes));
        });
        archive.querySelector(".pm-pages").hidden = true;
        options();
      });
    }

    function changed() {
      fetchRest().then(apply);
    }

    options();
    text.value = wanted.get("text") || "";
    form.addEventListener("input", changed);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
    });
    archive.insertBefore(form, list);
    archive.insertBefore(count, list);
    if (location.search) {
      changed();
    }
  }

  function sortable(table) {
    if (table.querySelector(".pm-sort")) {
      return;
    }
    var body = table.tBodies[0];
    function key(row, column) {
      var cell = row.cells[column];
      return cell.dataset.sort || cell.textContent.trim();
    }
    Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "pm-sort";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") === "ascending";
        table.querySelectorAll("th[aria-sort]").forEach(function (other) {
          other.removeAttribute("aria-sort");
        });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        Array.from(body.rows)
          .sort(function (a, b) {
            return key(a, column).localeCompare(key(b, column), undefined, { numeric: true }) * (down ? -1 : 1);
          })
          .forEach(function (row) {
            body.appendChild(row);
          });
      });
    });
  }

  function run() {
    document.querySelectorAll(".pm-timeline").forEach(enhance);
    document.querySelectorAll(".pm-archive").forEach(filterArchive);
    document.querySelectorAll(".pm-sortable").forEach(sortable);
  }

  // Material replaces the page without loading it anew and tells through this observable.
  if (typeof window.document$ !== "undefined") {
    window.document$.subscribe(run);
  } else if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", run);
  } else {
    run();
  }
})();

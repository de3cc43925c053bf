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
    button.className = "pm-button pm-zone";
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

  // How many of the incidents that a filter has found are shown at once.
  var SHOWN = 100;

  function make(name, className, text) {
    var made = document.createElement(name);
    made.className = className;
    made.textContent = text || "";
    return made;
  }

  function time(pair, className) {
    var made = make("time", className, pair[1]);
    made.dateTime = pair[0];
    return made;
  }

  // An entry of the index as the pages of the archive show it.
  function listed(entry, index, base) {
    var item = make("li", "pm-entry");
    var title = make("a", "pm-entry__title", entry.title);
    title.href = new URL(entry.path, base).href;
    var facts = make("p", "pm-entry__facts");
    facts.append(time(entry.day, ""));
    if (entry.severity) {
      var severity = index.severities[entry.severity];
      facts.append(" ", make("span", "pm-severity pm-severity--" + severity[1], severity[0]));
    }
    if (entry.ongoing) {
      facts.append(" ", make("span", "pm-status pm-status--open", entry.ongoing));
    }
    if (entry.audience) {
      facts.append(" ", make("span", "pm-chip pm-chip--internal", entry.audience));
    }
    if (entry.length) {
      var length = make("span", "pm-entry__duration", index.impact_of + " ");
      length.append(time(entry.length, ""));
      facts.append(" ", length);
    }
    (entry.components || []).forEach(function (name) {
      facts.append(" ", make("span", "pm-chip", name));
    });
    item.append(title, facts);
    if (entry.summary) {
      item.append(make("p", "pm-entry__summary", entry.summary));
    }
    return item;
  }

  // What a filter asks of an incident, and the element that shows it.
  function fromIndex(index, base) {
    return index.incidents.map(function (entry) {
      var severity = entry.severity ? index.severities[entry.severity][0] : "";
      var words = [entry.title, entry.day[1], severity, entry.ongoing, entry.audience, entry.summary];
      return {
        component: entry.components || [],
        severity: [entry.severity],
        year: [entry.day[0].slice(0, 4)],
        tag: entry.tags || [],
        text: words.concat(entry.components || []).join(" ").toLowerCase(),
        show: function () {
          return listed(entry, index, base);
        },
      };
    });
  }

  function fromPage(list) {
    return Array.from(list.querySelectorAll(".pm-entry"), function (entry) {
      return {
        component: JSON.parse(entry.dataset.components),
        severity: [entry.dataset.severity],
        year: [entry.dataset.year],
        tag: JSON.parse(entry.dataset.tags),
        text: entry.textContent.toLowerCase(),
        show: function () {
          return entry.cloneNode(true);
        },
      };
    });
  }

  function filterArchive(archive) {
    var form = archive.querySelector(".pm-filters");
    if (!form || form.dataset.pmReady) {
      return;
    }
    form.dataset.pmReady = "true";
    var list = archive.querySelector(".pm-archive__list");
    var pages = archive.querySelector(".pm-pages");
    var count = archive.querySelector(".pm-archive__count");
    var everything = count.textContent;
    var controls = Array.from(form.querySelectorAll("select, input"));
    var found = make("div", "pm-archive__found");
    list.after(found);
    var loading;

    // A long archive has an index, which is fetched once somebody is about to filter.
    function entries() {
      if (!loading) {
        var address = form.dataset.pmIndex && new URL(form.dataset.pmIndex, location.href).href;
        loading = !address
          ? Promise.resolve(fromPage(list))
          : fetch(address)
              .then(function (answer) {
                return answer.json();
              })
              .then(function (index) {
                return fromIndex(index, address);
              })
              .catch(function () {
                // A site that is opened from a disk cannot fetch: what is here can be filtered.
                return fromPage(list);
              });
      }
      return loading;
    }

    function append(matches, from) {
      matches.slice(from, from + SHOWN).forEach(function (entry) {
        var year = entry.year[0];
        if (found.dataset.year !== year) {
          found.append(make("h2", "pm-year", year), make("ul", "pm-listing"));
          found.dataset.year = year;
        }
        found.lastElementChild.append(entry.show());
      });
      var rest = matches.length - from - SHOWN;
      if (rest > 0) {
        var more = make("button", "pm-button pm-more", "Show " + Math.min(rest, SHOWN) + " more");
        more.type = "button";
        more.addEventListener("click", function () {
          more.remove();
          var last = found.querySelectorAll(".pm-entry").length;
          append(matches, from + SHOWN);
          // Whoever uses the keyboard goes on where the button was.
          found.querySelectorAll(".pm-entry__title")[last].focus();
        });
        found.append(more);
      }
    }

    function apply(all) {
      if (!form.isConnected) {
        return;
      }
      var query = new URLSearchParams();
      var wanted = controls.filter(function (control) {
        var value = control.value.trim();
        if (value) {
          query.set(control.name, value);
        }
        return value;
      });
      var matches = all.filter(function (entry) {
        return wanted.every(function (control) {
          return control.name === "text"
            ? entry.text.indexOf(control.value.trim().toLowerCase()) >= 0
            : entry[control.name].indexOf(control.value) >= 0;
        });
      });
      found.replaceChildren();
      delete found.dataset.year;
      list.hidden = wanted.length > 0;
      if (pages) {
        pages.hidden = list.hidden;
      }
      if (list.hidden) {
        append(matches, 0);
      }
      var number = matches.length === 1 ? "1 incident" : matches.length + " incidents";
      count.textContent = list.hidden ? number : everything;
      var search = query.toString();
      var address = (search ? "?" + search : location.pathname) + location.hash;
      history.replaceState(history.state, "", address);
    }

    function changed() {
      entries().then(apply);
    }

    var asked = new URLSearchParams(location.search);
    controls.forEach(function (control) {
      control.value = asked.get(control.name) || "";
    });
    form.addEventListener("focusin", entries, { once: true });
    form.addEventListener("input", changed);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      changed();
    });
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

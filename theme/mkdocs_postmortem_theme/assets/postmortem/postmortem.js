// Shows the times of a timeline in the reader's own zone, on request. Without this script the
// times stay in the site's zone, and UTC is in the page either way.
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
    button.setAttribute("aria-pressed", "false");
    button.textContent = "Show times in my time zone (" + own + ")";
    button.addEventListener("click", function () {
      var pressed = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(pressed));
      clocks.forEach(function (clock) {
        clock.textContent = pressed ? local(clock) : clock.dataset.pmSite;
      });
    });
    timeline.insertBefore(button, timeline.firstChild);
  }

  function run() {
    document.querySelectorAll(".pm-timeline").forEach(enhance);
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

import { actOnAlerts, mergeAlerts, tickAges } from "./care";
import { Live } from "./live";
import { Refresher, take } from "./refresh";

function section(page: Document, id: string): HTMLElement {
  return page.querySelector<HTMLElement>(`#${id}`)!;
}

const refresher = new Refresher((fetched) => {
  for (const list of ["care", "technical"]) mergeAlerts(section(document, list), section(fetched, list));
  // What somebody still writes in keeps its section in view.
  section(document, "technical-alerts").hidden = section(document, "technical").childElementCount === 0;
  section(document, "none").hidden = section(document, "care").childElementCount > 0;
  take("#checked", fetched);
  take("#more", fetched);
  take("#resolved", fetched);
  tickAges();
});

const live = new Live("/api/v1/events?readings=none", { alert: () => refresher.now(), connected: () => refresher.now() }, document.querySelector("#link")!);

function everySecond(): void {
  refresher.tick();
  live.tick(refresher.old);
  tickAges();
}

actOnAlerts(refresher);
setInterval(everySecond, 1000);
// A tab in the background, or a phone that slept, ticks slowly or not at all.
document.addEventListener("visibilitychange", everySecond);
window.addEventListener("pageshow", everySecond);

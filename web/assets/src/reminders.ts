import { Live } from "./live";
import { Refresher } from "./refresh";
import { mergeReminders } from "./todo";

const refresher = new Refresher(mergeReminders);

const live = new Live("/api/v1/events?readings=none", { alert: () => refresher.now(), connected: () => refresher.now() }, document.querySelector("#link")!);

function everySecond(): void {
  refresher.tick();
  live.tick(refresher.old);
}

setInterval(everySecond, 1000);
// A tab in the background, or a phone that slept, ticks slowly or not at all.
document.addEventListener("visibilitychange", everySecond);
window.addEventListener("pageshow", everySecond);

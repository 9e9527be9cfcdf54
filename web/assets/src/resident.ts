import { actOnAlerts, doubtStates, mergeAlerts, tickAges } from "./care";
import { Chart } from "./chart";
import { data } from "./data";
import { Live } from "./live";
import { Readings } from "./readings";
import { Refresher, take } from "./refresh";
import { mergeReminders } from "./todo";
import { untilNow } from "./series";
import { changesPage, keepNewer, showReading, tickAll } from "./tile";

const readings = new Readings(data.resident!);
const charts = new Map<HTMLElement, Chart>();
const seen = new Set<HTMLElement>(); // figures that are or were on the screen
let range = document.querySelector<HTMLElement>("[data-range][aria-current]")?.dataset.range ?? "24h";

// Charts are fetched when they come into view, one after the other: there may
// be thirty of them, and the phone's line may be slow.
let queue: HTMLElement[] = [];
let working = false;

function wish(figure: HTMLElement): void {
  queue = [...queue.filter((waiting) => waiting !== figure), figure];
  void work();
}

async function work(): Promise<void> {
  if (working) return;
  working = true;
  for (let figure = queue.shift(); figure; figure = queue.shift()) await charts.get(figure)!.show(untilNow(range), range);
  working = false;
}

const sight = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting || seen.has(target as HTMLElement)) continue;
      seen.add(target as HTMLElement);
      wish(target as HTMLElement);
    }
  },
  { rootMargin: "200px" },
);

function adopt(figure: HTMLElement): void {
  charts.set(figure, new Chart(figure, readings));
  sight.observe(figure);
}

document.querySelectorAll<HTMLElement>(".chart").forEach(adopt);

function redraw(): void {
  seen.forEach(wish);
}

document.querySelectorAll<HTMLAnchorElement>("[data-range]").forEach((link, _, links) => {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    range = link.dataset.range!;
    for (const other of links) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    history.replaceState(null, "", link.href);
    redraw();
  });
});

const refresher = new Refresher((fetched) => {
  const latest = document.querySelector<HTMLElement>("#latest")!;
  const next = fetched.querySelector<HTMLElement>("#latest")!;
  for (const part of latest.querySelectorAll<HTMLElement>("[data-metric]")) keepNewer(part, next);
  latest.replaceWith(next);
  document.querySelector("#devices")!.replaceWith(fetched.querySelector("#devices")!);
  document.querySelector(".local")!.replaceWith(fetched.querySelector(".local")!);
  mergeAlerts(document.querySelector<HTMLElement>("#care")!, fetched.querySelector<HTMLElement>("#care")!);
  for (const part of ["#state", ".past", "#circle .now"]) take(part, fetched);
  mergeReminders(fetched);
  document.querySelector<HTMLElement>("#alerts")!.hidden = !document.querySelector("#care > *, .past > *");
  tickAll();
  tickAges();
  // A metric that was never measured before.
  const drawn = document.querySelector(".charts");
  if (!drawn && fetched.querySelector(".charts")) location.reload();
  for (const figure of fetched.querySelectorAll<HTMLElement>(".chart")) {
    if (document.querySelector(`.chart[data-chart="${figure.dataset.chart}"]`)) continue;
    drawn!.append(figure);
    adopt(figure);
  }
});

let connectedBefore = false;
const live = new Live(
  `/api/v1/events?alerts=all&resident=${encodeURIComponent(data.resident!)}`,
  {
    reading(r) {
      const part = document.querySelector<HTMLElement>(`#latest [data-metric="${r.metric}"]`);
      if (part) showReading(part, r);
      else if (changesPage(r)) refresher.soon();
    },
    alert: () => refresher.now(),
    connected() {
      refresher.soon();
      if (connectedBefore) redraw();
      connectedBefore = true;
    },
  },
  document.querySelector("#link")!,
);

function everySecond(): void {
  refresher.tick();
  live.tick(refresher.old);
  tickAll();
  tickAges();
  doubtStates();
}

actOnAlerts(refresher);
setInterval(everySecond, 1000);
// A tab in the background, or a phone that slept, ticks slowly or not at all.
document.addEventListener("visibilitychange", everySecond);
window.addEventListener("pageshow", everySecond);
setInterval(() => {
  if (!document.hidden) redraw();
}, 60_000);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((chart) => chart.draw()));

import { actOnAlerts, mergeAlerts, tickAges } from "./care";
import { Chart } from "./chart";
import { frozen } from "./frozen";
import { Live } from "./live";
import { Refresher, take } from "./refresh";

const charts = new Map<HTMLElement, Chart>();

// adopt draws what stands in a figure; the readings after the beginning come with
// time, and then the figure is another.
function adopt(figure: HTMLElement): void {
  const { source, span, marks } = frozen(figure);
  const chart = new Chart(figure, source, marks);
  charts.set(figure, chart);
  void chart.show(span, "around");
}

function figures(page: ParentNode): HTMLElement[] {
  return [...page.querySelectorAll<HTMLElement>(".chart")];
}

function takeCharts(fetched: Document): void {
  const shown = document.querySelector("#evidence");
  const next = fetched.querySelector("#evidence");
  if (!next) return;
  const drawn = new Map(figures(document).map((figure) => [figure.dataset.chart, figure]));
  const fresh = figures(next);
  if (shown && fresh.length === drawn.size && fresh.every((figure) => drawn.has(figure.dataset.chart))) {
    for (const figure of fresh) {
      const old = drawn.get(figure.dataset.chart)!;
      if (old.dataset.readings === figure.dataset.readings) continue;
      charts.delete(old);
      old.replaceWith(figure);
      adopt(figure);
    }
    return;
  }
  // Something was measured that was not before.
  charts.clear();
  if (shown) shown.replaceWith(next);
  else (document.querySelector("#seen") ?? document.querySelector("#steps"))!.before(next);
  fresh.forEach(adopt);
}

const refresher = new Refresher((fetched) => {
  mergeAlerts(document.querySelector<HTMLElement>("#care")!, fetched.querySelector<HTMLElement>("#care")!);
  for (const part of ["#score", "#seen", "#steps", "#scene", "#telling", "#told", ".said"]) take(part, fetched);
  takeCharts(fetched);
  tickAges();
});

const live = new Live(
  `/api/v1/events?readings=none`,
  { alert: () => refresher.now(), connected: () => refresher.now() },
  document.querySelector("#link")!,
);

function everySecond(): void {
  // No event tells how a message gets on.
  if (document.querySelector("#told [data-moving]")) refresher.soon();
  refresher.tick();
  live.tick(refresher.old);
  tickAges();
}

figures(document).forEach(adopt);
actOnAlerts(refresher);
setInterval(everySecond, 1000);
// A tab in the background, or a phone that slept, ticks slowly or not at all.
document.addEventListener("visibilitychange", everySecond);
window.addEventListener("pageshow", everySecond);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((chart) => chart.draw()));

import { age, serverNow } from "./clock";
import { data, t } from "./data";
import type { Refresher } from "./refresh";

// The alerts of web/templates/alert-line.html: claimed by one tap, and kept up
// to date around what somebody is writing.

// busy reports that somebody is at work in an element: it is left as it is.
function busy(element: Element): boolean {
  if (element.contains(document.activeElement)) return true;
  return [...element.querySelectorAll("textarea")].some((field) => field.value !== "");
}

// working reports that somebody is about to do something about an alert.
function working(alert: HTMLElement): boolean {
  const more = alert.querySelector<HTMLDetailsElement>("details.more");
  return more?.open === true || busy(alert);
}

// mergeAlerts brings a list of alerts up to a fetched one. An alert in which
// somebody writes stays where it is in the document, or an input method would
// lose what is half composed: the others are moved around it.
export function mergeAlerts(list: HTMLElement, fetched: HTMLElement): void {
  const shown = new Map([...list.querySelectorAll<HTMLElement>(":scope > [data-alert]")].map((alert) => [alert.dataset.alert!, alert]));
  const wanted: HTMLElement[] = [];
  for (const next of fetched.querySelectorAll<HTMLElement>(":scope > [data-alert]")) {
    const alert = shown.get(next.dataset.alert!);
    if (alert) update(alert, next);
    wanted.push(alert ?? next);
    shown.delete(next.dataset.alert!);
  }
  for (const alert of shown.values()) {
    if (!working(alert)) {
      alert.remove();
      continue;
    }
    tell(alert, t("js.gone"));
    // It keeps its place behind what it stands behind now.
    let before = alert.previousElementSibling;
    while (before && !wanted.includes(before as HTMLElement)) before = before.previousElementSibling;
    wanted.splice(before ? wanted.indexOf(before as HTMLElement) + 1 : 0, 0, alert);
  }
  arrange(list, wanted);
}

// arrange puts alerts in order and moves none that stands where it should, for a
// finger may be on it. The one with the focus is never moved: what stands before
// it and should not goes behind it.
function arrange(list: HTMLElement, wanted: HTMLElement[]): void {
  let next = list.firstElementChild;
  for (const alert of wanted) {
    while (alert.contains(document.activeElement) && next && next !== alert) {
      const after: Element | null = next.nextElementSibling;
      list.append(next);
      next = after;
    }
    if (alert === next) next = next.nextElementSibling;
    else list.insertBefore(alert, next);
  }
}

function update(alert: HTMLElement, next: HTMLElement): void {
  alert.className = next.className;
  const told = next.querySelector(".told")!;
  tickAges(told);
  if (alert.querySelector(".told")!.innerHTML !== told.innerHTML) alert.querySelector(".told")!.replaceWith(told);
  for (const part of [".claim", ".more"]) {
    const old = alert.querySelector<HTMLElement>(part);
    const fresh = next.querySelector<HTMLElement>(part);
    if (old && busy(old)) continue;
    if (old instanceof HTMLDetailsElement && fresh instanceof HTMLDetailsElement) fresh.open = old.open;
    if (old && fresh && old.outerHTML === fresh.outerHTML) continue;
    if (old && fresh) old.replaceWith(fresh);
    else if (old) old.remove();
    else if (fresh) alert.querySelector(".outcome")!.before(fresh);
  }
}

function tell(alert: HTMLElement, text: string): void {
  const outcome = alert.querySelector<HTMLElement>(".outcome")!;
  outcome.hidden = text === "";
  if (outcome.textContent !== text) outcome.textContent = text;
}

// actOnAlerts sends the forms about alerts without leaving the page. The answer
// is the page as it is then.
export function actOnAlerts(refresher: Refresher): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("form.act")) return;
    event.preventDefault();
    void send(form, event.submitter as HTMLButtonElement | null, refresher);
  });
}

async function send(form: HTMLFormElement, button: HTMLButtonElement | null, refresher: Refresher): Promise<void> {
  if (form.dataset.sending) return;
  const alert = form.closest<HTMLElement>("[data-alert]")!;
  const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  if (button?.name) body.set(button.name, button.value);
  form.dataset.sending = "true";
  tell(alert, t("js.sending"));
  try {
    const answer = await fetch(form.action, { method: "POST", body, cache: "no-store", signal: AbortSignal.timeout(20_000) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) {
      tell(alert, page.querySelector(".empty")?.textContent ?? t("js.not_sent"));
      refresher.now();
      return;
    }
    if (new URL(answer.url).pathname !== location.pathname) {
      location.reload(); // signed out meanwhile: the server leads to the sign-in
      return;
    }
    done(form, alert, button);
    refresher.show(page);
    const claim = document.querySelector<HTMLElement>(`[data-alert="${alert.dataset.alert}"] .claim button`);
    if (document.activeElement === document.body) claim?.focus({ preventScroll: true });
  } catch (error) {
    console.warn(error);
    tell(alert, t("js.not_sent"));
  } finally {
    delete form.dataset.sending;
  }
}

// done puts a form back to how it was before somebody filled it in.
function done(form: HTMLFormElement, alert: HTMLElement, button: HTMLButtonElement | null): void {
  form.reset();
  button?.blur();
  const more = form.closest<HTMLDetailsElement>("details.more");
  if (more) more.open = false;
  tell(alert, form.matches(".comment") ? t("js.saved") : "");
}

// tickAges brings the ages of alerts up to date.
export function tickAges(part: ParentNode = document): void {
  for (const shown of part.querySelectorAll<HTMLElement>("[data-age]")) {
    const text = age(serverNow() - Number(shown.dataset.age));
    if (shown.textContent !== text) shown.textContent = text;
  }
}

// doubtStates takes back that somebody is fine while the page is not live: what
// happens meanwhile would not be seen.
export function doubtStates(): void {
  if (document.documentElement.dataset.live !== "lost") return;
  for (const state of document.querySelectorAll<HTMLElement>('[data-state="fine"]')) {
    state.dataset.state = "unknown";
    state.className = "state unknown";
    state.querySelector(".words")!.textContent = data.strings["state.unknown"]!;
    state.querySelector(".sign")!.textContent = "?";
  }
}

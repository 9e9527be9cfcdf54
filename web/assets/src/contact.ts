// The page of how somebody is told: this device can be one of the ways.
import { t } from "./data";
import { keep } from "./worker/subscription";

const section = document.querySelector<HTMLElement>("#device")!;
const form = section.querySelector<HTMLFormElement>("form");
const says = section.querySelector<HTMLElement>(".says");

// say tells how this device stands, and whether it can be made a way to be told.
function say(words: string, offered = false): void {
  says!.textContent = words;
  form!.hidden = !offered;
}

// obstacle is why this browser cannot be told anything, undefined when it can.
function obstacle(): string | undefined {
  if (!isSecureContext) return t("js.device_insecure");
  if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
    return Notification.permission === "denied" ? t("js.device_denied") : undefined;
  }
  return isApple() && !matchMedia("(display-mode: standalone)").matches ? t("js.device_home_screen") : t("js.device_none");
}

// isApple reports an iPhone or iPad, which knows pushes only on its home screen.
// An iPad says that it is a Mac, but one has no touch.
function isApple(): boolean {
  return /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
}

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

// card is the channel on this page that leads to this browser.
async function card(own: PushSubscription): Promise<HTMLElement | null> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(own.endpoint));
  return document.querySelector(`[data-browser="${inBase64(new Uint8Array(digest))}"]`);
}

function inBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function look(): Promise<void> {
  const why = obstacle();
  if (why) {
    say(why);
    return;
  }
  const own = await subscription();
  const shown = own && (await card(own));
  if (!shown) {
    say(t("js.device_off"), true);
    return;
  }
  say(t("js.device_on"));
  shown.querySelector("h3")!.append(` · ${t("js.device_this")}`);
  giveUpWith(shown, own);
  await keep(own);
}

// giveUpWith has the browser forget its subscription together with the server.
function giveUpWith(shown: HTMLElement, own: PushSubscription): void {
  shown.addEventListener("submit", (event) => {
    const button = event.submitter as HTMLButtonElement | null;
    if (button?.value !== "remove") return;
    event.preventDefault();
    void own
      .unsubscribe()
      .catch(console.warn)
      .finally(() => send(event.target as HTMLFormElement, { do: "remove" }));
  });
}

// send sends a form with more fields, as a browser without scripts would.
function send(form: HTMLFormElement, fields: Record<string, string>): void {
  for (const [name, value] of Object.entries(fields)) {
    const field = form.querySelector<HTMLInputElement>(`input[name="${name}"]`) ?? document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    if (!field.isConnected) form.append(field);
  }
  form.submit();
}

async function subscribe(): Promise<void> {
  const button = form!.querySelector<HTMLButtonElement>("button.main")!;
  button.disabled = true;
  try {
    const permission = await Notification.requestPermission();
    if (permission !== "granted") {
      say(permission === "denied" ? t("js.device_denied") : t("js.device_unanswered"), permission === "default");
      return;
    }
    say(t("js.device_asking"), true);
    const own = await subscribed();
    await keep(own);
    send(form!, { address: JSON.stringify(own) });
  } catch (error) {
    console.warn(error);
    say(error instanceof DOMException && error.name === "NotAllowedError" ? t("js.device_denied") : t("js.device_unreachable"), true);
  } finally {
    button.disabled = false;
  }
}

// subscribed gives this browser's subscription for the key of this Anxin. One for
// another key, as after a new start without the backup, takes nothing from us.
async function subscribed(): Promise<PushSubscription> {
  const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
  await navigator.serviceWorker.ready;
  const key = section.dataset.key!;
  const old = await registration.pushManager.getSubscription();
  const oldKey = old?.options.applicationServerKey;
  if (old && oldKey && inBase64(new Uint8Array(oldKey)) === key) return old;
  await old?.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

// nameOf is what people call the device, as far as the browser says it.
function nameOf(userAgent: string): string {
  const known: [string, RegExp][] = [
    ["iPhone", /iPhone/],
    ["iPad", /iPad/],
    ["Android", /Android/],
    ["Windows", /Windows/],
    ["Mac", /Macintosh/],
    ["Linux", /Linux/],
  ];
  return known.find(([, sign]) => sign.test(userAgent))?.[0] ?? "";
}

if (form && says) {
  form.querySelector<HTMLInputElement>('input[name="label"]')!.value = nameOf(navigator.userAgent);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void subscribe();
  });
  look().catch((error) => {
    console.warn(error);
    say(t("js.device_none"));
  });
}

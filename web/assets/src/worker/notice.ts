// Push is what is sent to a browser: alerts/channels/webpush.go, notification.
export interface Push {
  title?: string;
  body?: string;
  url?: string;
  tag?: string;
  severity?: string;
  loud?: boolean;
  language?: string;
  links?: Link[];
}

interface Link {
  kind: "claim" | "false_alarm" | "done" | "help" | "open";
  label: string;
  url: string;
}

// Options are those of a notification, with what the types do not know yet.
interface Options extends NotificationOptions {
  actions?: { action: string; title: string }[];
  renotify?: boolean;
}

// words are those that are needed when the server cannot be asked for any.
const words: Record<string, { unreadable: string; unsent: string }> = {
  en: { unreadable: "There is news. Open Anxin to read it.", unsent: "Your answer was not sent. Tap here to try again." },
  zh: { unreadable: "有新消息，请打开安心查看。", unsent: "您的回答没有发出。请点这里再试一次。" },
};

function wordsIn(language: string | undefined): { unreadable: string; unsent: string } {
  return words[(language || navigator.language).split("-")[0]!] ?? words.en!;
}

// show shows a push, in place of what was said of the same before, and tells the
// server that it has arrived.
export async function show(registration: ServiceWorkerRegistration, push: Push): Promise<void> {
  const critical = push.severity === "critical";
  const options: Options = {
    body: push.body ?? wordsIn(push.language).unreadable,
    lang: push.language || "",
    icon: "/icon.png",
    requireInteraction: critical,
    silent: push.loud === false,
    data: push,
    actions: offered(push).map((link) => ({ action: link.kind, title: link.label })),
  };
  // A repeat sounds again. Without a tag browsers refuse to be asked for that.
  if (push.tag) Object.assign(options, { tag: push.tag, renotify: push.loud !== false });
  await registration.showNotification(push.title || "Anxin", options);
  await say(push, "arrived");
}

// offered are the links that are buttons; the one to the page is the notification
// itself.
function offered(push: Push): Link[] {
  return (push.links ?? []).filter((link) => link.kind !== "open");
}

// answered does what was tapped on. A claim is made at once: it calls nobody off
// for good. A false alarm would, so that its page asks once more: a phone in a
// pocket taps too.
export async function answered(worker: ServiceWorkerGlobalScope, notification: Notification, action: string): Promise<void> {
  const push: Push = notification.data ?? {};
  const link = push.links?.find((link) => link.kind === action);
  if (link?.kind === "claim") {
    await claim(worker.registration, push, link);
    return;
  }
  // Windows open only right after the tap: nothing is waited for before.
  const opened = worker.clients.openWindow(link ? here(link.url) : push.url ? here(push.url) : "/alerts");
  await Promise.allSettled([opened, say(push, "looked")]);
}

// claim makes a claim without opening a page, and shows what came of it.
async function claim(registration: ServiceWorkerRegistration, push: Push, link: Link): Promise<void> {
  const shown: Options = { tag: push.tag, lang: push.language || "", icon: "/icon.png" };
  try {
    const answer = await fetch(here(link.url), { method: "POST", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20_000) });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const tap: { says: string } = await answer.json();
    await registration.showNotification(push.title || "Anxin", { ...shown, body: tap.says, silent: true, data: push });
  } catch (error) {
    console.warn(error);
    const again: Push = { ...push, url: link.url };
    const options: Options = { ...shown, body: wordsIn(push.language).unsent, requireInteraction: true, data: again };
    await registration.showNotification(push.title || "Anxin", options);
  }
}

// say tells the server what became of a push, by any of its links.
async function say(push: Push, what: "arrived" | "looked"): Promise<void> {
  const url = push.url || push.links?.[0]?.url;
  if (!url) return;
  try {
    await fetch(`${here(url)}/${what}`, { method: "POST", signal: AbortSignal.timeout(20_000) });
  } catch (error) {
    console.warn(error); // the phone is off the network again; nobody is the worse off
  }
}

// here is a link on the address that this worker came from: the links carry the
// public one, and people at home may use another.
function here(url: string): string {
  return new URL(url).pathname;
}

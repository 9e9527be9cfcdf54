// A page that does not follow what it shows is not to stay when its reader may not see that
// any more: a consent was withdrawn, somebody has left a care team. What is being written on
// it stays, unless the whole page is refused now.
let writing = false;
document.addEventListener("input", () => (writing = true));

// What somebody sends from the page may end what they see of it: they are on their way to
// what comes of that. A download leaves the page where it is.
const leavesWithin = 5_000;
let leaving = false;
window.addEventListener("beforeunload", () => {
  leaving = true;
  setTimeout(() => (leaving = false), leavesWithin);
});

async function look(): Promise<void> {
  if (leaving) {
    setTimeout(() => void look(), leavesWithin);
    return;
  }
  if (writing) {
    const answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
    if (answer.ok || leaving) return;
  }
  location.reload();
}

let source: EventSource | undefined;

// Only what is looked at listens: a browser has few connections to a server.
function listen(): void {
  if (document.hidden) {
    source?.close();
    source = undefined;
    return;
  }
  if (source) return;
  source = new EventSource("/api/v1/events?readings=none");
  source.addEventListener("hello", () => (document.documentElement.dataset.access = "watched"));
  source.addEventListener("access", () => void look());
}

listen();
document.addEventListener("visibilitychange", () => {
  const again = !document.hidden && !source;
  listen();
  if (again) void look();
});

// keeping is where the page and the worker keep the subscription that the server
// knows: some browsers do not say which one has ended.
const keeping = { cache: "anxin", key: "/push/subscription" };

// keep remembers the subscription that the server knows.
export async function keep(subscription: PushSubscription): Promise<void> {
  const cache = await caches.open(keeping.cache);
  await cache.put(keeping.key, new Response(JSON.stringify(subscription)));
}

async function kept(): Promise<string | undefined> {
  const cache = await caches.open(keeping.cache);
  return (await cache.match(keeping.key))?.text();
}

// renew subscribes anew when the browser's subscription has ended or will, and
// tells the server so, for which it needs nobody who is signed in.
export async function renew(
  registration: ServiceWorkerRegistration,
  change: { oldSubscription: PushSubscription | null; newSubscription: PushSubscription | null },
): Promise<void> {
  const old = change.oldSubscription ? JSON.stringify(change.oldSubscription) : await kept();
  if (!old) return; // nobody is told over this browser
  const fresh = change.newSubscription ?? (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: await key() }));
  const body = new URLSearchParams({ old, fresh: JSON.stringify(fresh) });
  for (const pause of [1_000, 10_000, 0]) {
    try {
      const answer = await fetch("/push/renew", { method: "POST", body, signal: AbortSignal.timeout(20_000) });
      if (answer.ok) await keep(fresh);
      if (answer.status < 500) return;
    } catch (error) {
      console.warn(error);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

// key is the one by which push services know this Anxin.
async function key(): Promise<string> {
  const answer = await fetch("/push/key", { signal: AbortSignal.timeout(20_000) });
  if (!answer.ok) throw new Error(`the key: ${answer.status}`);
  return answer.text();
}

// The service worker: it shows what a push service hands over while no page is
// open, says that it has arrived or was looked at, and keeps the subscription.
import { answered, show, type Push } from "./notice";
import { renew } from "./subscription";

declare const self: ServiceWorkerGlobalScope;

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let push: Push = {};
  try {
    push = event.data?.json() ?? {};
  } catch {
    // Something must be shown all the same, or the browser says something of its own.
  }
  event.waitUntil(show(self.registration, push));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(answered(self, event.notification, event.action));
});

self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renew(self.registration, event as PushSubscriptionChange));
});

// PushSubscriptionChange is the event as browsers send it: some with neither.
interface PushSubscriptionChange extends ExtendableEvent {
  readonly oldSubscription: PushSubscription | null;
  readonly newSubscription: PushSubscription | null;
}

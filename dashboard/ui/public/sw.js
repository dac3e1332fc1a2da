// Keeps the shell of the page (never data), so that it can say what is wrong when Backwatch is not
// running; a notification that is pressed leads to the page.
const CACHE = "backwatch-shell";
const SHELL = "/";

self.addEventListener("install", (event) => {
  event.waitUntil(self.skipWaiting());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(keepShell().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && pathname === SHELL) event.respondWith(navigate(event));
  else if (pathname.startsWith("/assets/")) event.respondWith(asset(event.request));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show());
});

/** The page that is open, or a new one. */
async function show() {
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return page ? page.focus() : self.clients.openWindow(SHELL);
}

/** The server's answer whenever there is one; the kept shell only when there is none. */
async function navigate(event) {
  try {
    const answer = await fetch(event.request);
    if (answer.ok && !answer.redirected) event.waitUntil(keepShell());
    return answer;
  } catch (error) {
    const kept = await caches.match(SHELL);
    if (kept) return kept;
    throw error;
  }
}

/** Asset names carry a hash of their content, so a kept one is never out of date. */
async function asset(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** Keep the current page with the assets it names, and forget those of older builds. */
async function keepShell() {
  const answer = await fetch(SHELL, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const html = await answer.clone().text();
  const named = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map((match) => match[1]);
  const cache = await caches.open(CACHE);
  await cache.put(SHELL, answer);
  await Promise.all(
    named.map(async (path) => (await cache.match(path)) ?? cache.add(path).catch(() => undefined)),
  );
  const current = new Set([SHELL, ...named]);
  for (const request of await cache.keys()) {
    if (!current.has(new URL(request.url).pathname)) await cache.delete(request);
  }
}

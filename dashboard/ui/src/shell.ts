/** Registers the service worker that keeps the page's shell. */

const WORKER = "/sw.js";

type ScriptUrlPolicy = { createScriptURL(address: string): string };
type TrustedTypes = {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): ScriptUrlPolicy;
};

/** Does nothing where the browser has no service workers, such as plain http from another machine. */
export function keepShellOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const trustedTypes = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  const policy = trustedTypes?.createPolicy("backwatch", {
    createScriptURL(address) {
      if (address !== WORKER) throw new TypeError(`not a script of ours: ${address}`);
      return address;
    },
  });
  navigator.serviceWorker
    .register(policy ? policy.createScriptURL(WORKER) : WORKER)
    .catch(() => undefined); // the page is whole without it
}

/** Notifications of the browser: whether they may be shown, and showing them out of sight. */

import type { LiveNotice } from "./wire";

/** "none": not to be had here, such as on plain http from another machine. */
export type Permitted = "none" | "ask" | "yes" | "no";

const ICON = "/icon-192.png";

export class Notifications {
  permitted = $state<Permitted>(permitted());
  /** Called when what `wanted` gives may have changed. */
  changed: () => void = () => undefined;

  /** Whether the server may send what this browser should show: the page itself is not seen. */
  get wanted(): boolean {
    return this.permitted === "yes" && document.visibilityState === "hidden";
  }

  /** Follow the page out of sight and back; gives what ends it. */
  follow(): () => void {
    const turned = (): void => {
      this.permitted = permitted();
      this.changed();
      if (document.visibilityState === "visible") void takeAway(); // the page says the same
    };
    document.addEventListener("visibilitychange", turned);
    if (document.visibilityState === "visible") void takeAway(); // of a page that was closed
    return () => document.removeEventListener("visibilitychange", turned);
  }

  /** Close all that is shown: whom it was for was erased. */
  forget(): Promise<void> {
    return takeAway();
  }

  /** Ask the person; only upon a click, as browsers want it. */
  async ask(): Promise<void> {
    if (this.permitted !== "ask") return;
    await Notification.requestPermission();
    this.permitted = permitted();
    this.changed();
  }

  async take(notice: Pick<LiveNotice, "key" | "title" | "action">): Promise<void> {
    if (notice.title === null) return takeAway(notice.key);
    if (!this.wanted) return;
    const worker = await navigator.serviceWorker.ready;
    await worker.showNotification(notice.title, {
      body: notice.action,
      tag: notice.key, // two pages of one browser show it once
      icon: ICON,
      silent: false,
    });
  }
}

function permitted(): Permitted {
  if (!("Notification" in globalThis) || !("serviceWorker" in navigator) || !isSecureContext)
    return "none";
  const { permission } = Notification;
  return permission === "granted" ? "yes" : permission === "denied" ? "no" : "ask";
}

async function takeAway(tag?: string): Promise<void> {
  if (permitted() !== "yes") return;
  const worker = await navigator.serviceWorker.getRegistration();
  const shown = (await worker?.getNotifications(tag === undefined ? {} : { tag })) ?? [];
  for (const one of shown) one.close();
}

/** Of this page; settings ask for it, the live channel tells the server. */
export const notifications = new Notifications();

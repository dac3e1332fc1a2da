/** What is stored, and the wishes to pause, take and erase it. */

import { request } from "./api";
import { Loaded } from "./loaded.svelte";
import type { Privacy, Wipe } from "./wire";

const ERASE_MS = 120_000; // a file of years is written anew

const fetchPrivacy = (): Promise<Privacy> => request("/api/privacy");

export const exportAddress = (samples: boolean): string =>
  `/api/privacy/export.zip?samples=${samples}`;

export class PrivacyStore {
  readonly privacy = new Loaded(fetchPrivacy);
  erasing = $state(false);

  pause = (on: boolean): Promise<boolean> =>
    this.privacy.change(() => request("/api/privacy/pause", "POST", { on }));

  async erase(wish: Wipe): Promise<boolean> {
    this.erasing = true;
    const worked = await this.privacy.change(() =>
      request("/api/privacy/erase", "POST", wish, ERASE_MS),
    );
    this.erasing = false;
    return worked;
  }
}

/** Every setting, and what is typed but not kept yet. */

import { rounded, shownUnit } from "./format";
import { Loaded, problemOf } from "./loaded.svelte";
import { fetchSettings, setOne } from "./person-api";
import type { Setting } from "./wire";

export class SettingsStore {
  readonly settings = new Loaded(fetchSettings);
  /** Why one was refused, by its key. */
  refused = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** The key of the one kept last. */
  kept = $state("");

  /** True if it was kept; null puts the default back. */
  async set({ name }: Setting, value: Setting["value"]): Promise<boolean> {
    try {
      this.settings.put(await setOne(name, value));
      this.#refuse(name, "");
      this.kept = name;
      return true;
    } catch (error) {
      this.#refuse(name, withoutName(problemOf(error), name));
      this.kept = "";
      return false;
    }
  }

  #refuse(name: string, words: string): void {
    const next = new Map(this.refused);
    if (words) next.set(name, words);
    else next.delete(name);
    this.refused = next;
  }
}

/** The server names the setting first; beside its field that says nothing. */
function withoutName(words: string, name: string): string {
  const start = `${name}: `;
  return words.toLowerCase().startsWith(start.toLowerCase()) ? words.slice(start.length) : words;
}

export type Kind = "number" | "channels" | "lines" | "switch";

export function kindOf({ low, default: standard, name }: Setting): Kind {
  if (low !== null) return "number";
  if (typeof standard === "boolean") return "switch";
  return name === "channels" && Array.isArray(standard) ? "channels" : "lines";
}

/** As it stands in its field. */
export function shownIn(setting: Setting): string {
  const value = setting.value ?? setting.default;
  const { unit, per } = shownUnit(setting.unit, setting.default);
  if (typeof value === "number") return String(rounded(value / per, unit));
  return Array.isArray(value) ? value.join("\n") : String(value ?? "");
}

/** Whether a number is within what the server allows. */
export const isAllowed = ({ low, high }: Setting, value: Setting["value"]): boolean =>
  typeof value !== "number" || ((low ?? value) <= value && value <= (high ?? value));

/** What was typed, as the server takes it; undefined where it is no number. */
export function typed(setting: Setting, text: string): Setting["value"] | undefined {
  if (kindOf(setting) === "lines")
    return text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  const number = Number(text.replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(number)) return undefined;
  const { per } = shownUnit(setting.unit, setting.default);
  return per === 1 ? number : Math.round(number * per); // 1.667 min were 100 s
}

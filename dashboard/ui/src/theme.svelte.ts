/** The chosen theme, remembered on this browser. */

export type Theme = "system" | "light" | "dark";

const KEY = "backwatch.theme";
const ORDER: readonly Theme[] = ["system", "light", "dark"];

export class ThemeChoice {
  theme = $state<Theme>(remembered());

  constructor() {
    this.#apply();
  }

  /** The one that `advance` would choose. */
  get next(): Theme {
    return ORDER[(ORDER.indexOf(this.theme) + 1) % ORDER.length]!;
  }

  advance(): void {
    this.theme = this.next;
    try {
      localStorage.setItem(KEY, this.theme);
    } catch {
      // storage refused: the choice lasts as long as the page
    }
    this.#apply();
  }

  #apply(): void {
    if (this.theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
  }
}

function remembered(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return ORDER.find((theme) => theme === kept) ?? "system";
  } catch {
    return "system";
  }
}

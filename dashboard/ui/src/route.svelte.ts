/** Which page is shown, and what of it: the parts of the address after "#/". */

export const PAGES = [
  "now",
  "alerts",
  "history",
  "lifts",
  "check-in",
  "trial",
  "report",
  "sensors",
  "settings",
  "privacy",
] as const;
/** Pages that a link leads to, such as a code on a sensor or a line of the settings; they are in no list. */
export const UNLISTED = ["kit", "developer"] as const;
/** What follows "sensors" in an address that leads to the calibration. */
export const CALIBRATION = "calibration";
export type ListedPage = (typeof PAGES)[number];
export type PageName = ListedPage | (typeof UNLISTED)[number];

export class Route {
  page = $state<PageName>(pageOf(location.hash));
  /** What follows the page in the address, such as ["week", "2026-11-16"]. */
  rest = $state.raw<readonly string[]>(restOf(location.hash));

  /** Follow the address; `arrived` hears of each page gone to. Gives what ends it. */
  follow(arrived: () => void): () => void {
    const changed = (): void => {
      const page = pageOf(location.hash);
      this.rest = restOf(location.hash);
      if (page === this.page) return;
      this.page = page;
      arrived();
    };
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }
}

const partsOf = (hash: string): string[] => hash.replace(/^#\/?/, "").split("/");

/** The page of an address; the first one where there is none of that name. */
export function pageOf(hash: string): PageName {
  const [name] = partsOf(hash);
  return [...PAGES, ...UNLISTED].find((page) => page === name) ?? PAGES[0];
}

export const restOf = (hash: string): readonly string[] => partsOf(hash).slice(1);

export const addressOf = (page: PageName, ...rest: string[]): string =>
  page === PAGES[0] ? "#/" : ["#", page, ...rest].join("/");

/** Which page is shown: the part of the address after "#/". */

export const PAGES = ["now", "alerts", "check-in", "trial", "report", "settings"] as const;
export type PageName = (typeof PAGES)[number];

export class Route {
  page = $state<PageName>(pageOf(location.hash));

  /** Follow the address; `arrived` hears of each page gone to. Gives what ends it. */
  follow(arrived: () => void): () => void {
    const changed = (): void => {
      const page = pageOf(location.hash);
      if (page === this.page) return;
      this.page = page;
      arrived();
    };
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }
}

/** The page of an address; the first one where there is none of that name. */
export function pageOf(hash: string): PageName {
  return PAGES.find((page) => hash === addressOf(page)) ?? PAGES[0];
}

export const addressOf = (page: PageName): string => (page === PAGES[0] ? "#/" : `#/${page}`);

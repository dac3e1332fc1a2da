/** Where the keyboard goes on when what had the focus goes away: the heading of what it was in. */

const HEADING = "h2, h3, h4";

/**
 * Watch a part of the page; gives what ends it.
 *
 * What is pressed often goes with its answer: a button that ends something, an entry that is taken
 * back. The browser then puts the focus nowhere, and the next Tab starts at the top of the page.
 */
export function keepFocus(root: HTMLElement): () => void {
  let focused: { at: HTMLElement; within: HTMLElement[]; shown: boolean } | null = null;

  const came = ({ target }: FocusEvent): void => {
    if (!(target instanceof HTMLElement) || !root.contains(target)) return;
    const within: HTMLElement[] = [];
    for (let at = target.parentElement; at && at !== root; at = at.parentElement) within.push(at);
    focused = { at: target, within, shown: target.matches(":focus-visible") };
  };
  const went = ({ target }: FocusEvent): void => {
    // Browsers differ in whether what is taken away tells so, and when; what stays was left.
    queueMicrotask(() => {
      if (focused?.at === target && focused.at.isConnected && document.activeElement !== target)
        focused = null;
    });
  };
  const look = (): void => {
    if (!focused || focused.at.isConnected || document.activeElement !== document.body) return;
    const { within, shown } = focused;
    focused = null;
    // What is on the screen stays where it is for who uses a mouse.
    landing(within, root).focus({ preventScroll: !shown });
  };

  const changes = new MutationObserver(look);
  changes.observe(root, { childList: true, subtree: true });
  document.addEventListener("focusin", came);
  document.addEventListener("focusout", went);
  return () => {
    changes.disconnect();
    document.removeEventListener("focusin", came);
    document.removeEventListener("focusout", went);
  };
}

/** The heading of the innermost part that is still there; else of the page. */
function landing(within: readonly HTMLElement[], root: HTMLElement): HTMLElement {
  const found = within
    .filter((part) => part.isConnected)
    .map((part) => part.querySelector<HTMLElement>(HEADING))
    .find((heading) => heading !== null);
  const heading = found ?? root.querySelector<HTMLElement>(".page-title");
  if (!heading) return root;
  heading.tabIndex = -1; // by script alone
  return heading;
}

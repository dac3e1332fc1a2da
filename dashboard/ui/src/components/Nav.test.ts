import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { expect, test } from "vitest";
import { PAGES } from "../route.svelte";
import Nav from "./Nav.svelte";

const more = (): HTMLElement => screen.getByRole("button", { name: /^More/ });
const isOpen = (): boolean => more().getAttribute("aria-expanded") === "true";

async function opened(page: (typeof PAGES)[number]): Promise<void> {
  render(Nav, { page });
  more().click();
  await tick();
}

test("every page is in one of the two lists, in its order", () => {
  render(Nav, { page: "now" });

  const addresses = screen.getAllByRole("link").map((link) => link.getAttribute("href"));
  expect(addresses).toHaveLength(PAGES.length);
  expect(addresses[0]).toBe("#/");
  expect(addresses.slice(1)).toEqual(PAGES.slice(1).map((name) => `#/${name}`));
});

test("the button says that the page that is shown is behind it", () => {
  const { rerender } = render(Nav, { page: "report" });
  expect(more().textContent?.trim()).toBe("More (Report is shown)");

  void rerender({ page: "history" });

  return tick().then(() => expect(more().textContent?.trim()).toBe("More"));
});

test("it closes by Escape, which gives the focus back", async () => {
  await opened("now");
  screen.getByRole("link", { name: "Privacy" }).focus();

  await fireEvent.keyDown(document.activeElement!, { key: "Escape" });

  expect(isOpen()).toBe(false);
  expect(document.activeElement).toBe(more());
});

test("it closes by a tap elsewhere, and not by one within", async () => {
  await opened("now");
  await fireEvent.pointerDown(screen.getByRole("link", { name: "Privacy" }));
  expect(isOpen()).toBe(true);

  await fireEvent.pointerDown(document.body);

  expect(isOpen()).toBe(false);
});

test("it closes when the focus goes on to the page", async () => {
  await opened("now");
  const elsewhere = document.body.appendChild(document.createElement("button"));
  screen.getByRole("link", { name: "Privacy" }).focus();
  expect(isOpen()).toBe(true);

  elsewhere.focus();
  await tick();
  elsewhere.remove();

  expect(isOpen()).toBe(false);
});

test("the page that is shown already can be chosen again, and the focus is not lost", async () => {
  await opened("sensors");
  screen.getByRole("link", { name: "Sensors" }).focus();

  screen.getByRole("link", { name: "Sensors" }).click();
  await tick();

  expect(isOpen()).toBe(false);
  expect(document.activeElement).toBe(more());
});

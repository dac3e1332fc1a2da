/** A short sound for an alert, where the person has asked for one. */

import { fetchSettings } from "./person-api";

const HZ = 660;
const LENGTH_S = 0.25;
const LOUDNESS = 0.2; // of the most there is

let context: AudioContext | null = null;

/** Play it if the settings say so; a browser that nobody has touched yet stays silent. */
export async function soundIfWanted(): Promise<void> {
  // A context made before the first touch plays all it was given at that touch: far too late.
  if (!(navigator.userActivation?.hasBeenActive ?? true)) return;
  try {
    const { settings } = await fetchSettings();
    if (!wanted(settings)) return;
    context ??= new AudioContext();
    await context.resume();
    const tone = new OscillatorNode(context, { frequency: HZ });
    const gain = new GainNode(context, { gain: LOUDNESS });
    const start = context.currentTime;
    gain.gain.setValueAtTime(LOUDNESS, start);
    gain.gain.linearRampToValueAtTime(0, start + LENGTH_S); // without a click at its end
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(start + LENGTH_S);
  } catch {
    // The alert is on the page all the same.
  }
}

export const wanted = (settings: readonly { name: string; value: unknown }[]): boolean =>
  settings.some(({ name, value }) => name === "page_sound" && value === true);

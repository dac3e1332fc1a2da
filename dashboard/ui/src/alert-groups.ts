/** Alerts with repeats of one rule in a row folded into one. */

import type { Alert } from "./api";

export interface AlertGroup {
  /** Stays the same while the group grows. */
  key: string;
  latest: Alert;
  count: number;
  first_ms: number;
  /** Those nobody has acknowledged yet. */
  open: Alert["id"][];
}

/** Newest first in, newest first out. */
export function grouped(alerts: readonly Alert[]): AlertGroup[] {
  const groups: AlertGroup[] = [];
  for (const alert of alerts) {
    const last = groups.at(-1);
    const open = alert.acknowledged ? [] : [alert.id];
    if (last?.latest.rule === alert.rule) {
      last.count += 1;
      last.first_ms = alert.at_ms;
      last.open.push(...open);
      last.key = `${alert.rule}-${alert.id}`;
    } else {
      groups.push({
        key: `${alert.rule}-${alert.id}`,
        latest: alert,
        count: 1,
        first_ms: alert.at_ms,
        open,
      });
    }
  }
  return groups;
}

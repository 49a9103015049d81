import type { Clock } from "@diamgen/runtime";
import type { AccountingPipeline, CheckedDelivery } from "../accounting/delivered.js";
import { Probe } from "./probe.js";

/** How sinks and spools are. A disk may hang as a database may. */
export class DeliveryProbe extends Probe<readonly CheckedDelivery[]> {
  constructor(accounting: Pick<AccountingPipeline, "check" | "health">, clock?: Clock) {
    const late = (spoolProblem: string) =>
      accounting.health.map((health) => ({ ...health, spoolProblem, oldestAt: undefined }));
    super(() => accounting.check(), late, clock);
  }
}

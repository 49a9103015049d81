/** No worker can be started, or none any more. The message is for people; `exitCode` is what the program ends with. */
export class SupervisorError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = "SupervisorError";
    this.exitCode = exitCode;
  }
}

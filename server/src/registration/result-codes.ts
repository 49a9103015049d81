import { ResultCode } from "@diamgen/sdk/base";

export { ResultCode };
/** Such as "DIAMETER_FIRST_REGISTRATION". */
export type ResultCodeName = keyof typeof ResultCode;

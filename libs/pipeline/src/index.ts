export { backOff, type BackOff, type BackOffOptions } from "./back-off.ts";
export { Batcher, type BatcherOptions } from "./batcher.ts";
export { systemClock, type Clock } from "./clock.ts";
export { eventTypes, type Deliver, type Event, type EventType, type Filter, type Sink, type Source } from "./contract.ts";
export { consecutiveDeadLettersMaxDefault, deliverAll, type DeliverAllOptions } from "./deliver-all.ts";
export { DeliveryError, PartialDeliveryError, toDeliveryError, type DeliveryErrorOptions, type RejectedItem } from "./delivery-error.ts";
export { errors, type PipelineErrorCode } from "./errors.ts";

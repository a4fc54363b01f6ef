export { systemClock, type Clock } from "./clock.ts";
export { eventTypes, type Deliver, type Event, type EventType, type Filter, type Sink, type Source } from "./contract.ts";
export { DeliveryError, PartialDeliveryError, toDeliveryError, type DeliveryErrorOptions, type RejectedItem } from "./delivery-error.ts";

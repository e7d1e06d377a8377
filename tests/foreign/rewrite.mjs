// Reads events in structured form, one a line, as a CloudEvents SDK does, and writes each as the SDK does.
import { createInterface } from "node:readline";
import { HTTP } from "cloudevents";

for await (const line of createInterface({ input: process.stdin })) {
  const event = HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json" }, body: line });
  console.log(HTTP.structured(event).body);
}

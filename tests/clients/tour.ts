// The tour in TypeScript, with types made of the schema: node made/tour.js ORIGIN TOKEN
import createClient, { createQuerySerializer } from "openapi-fetch";
import type { paths } from "./schema.js";

declare const process: { argv: string[] };
const [origin, token] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };
const client = createClient<paths>({
  baseUrl: origin,
  headers,
  // Custom fields are parameters of their own, not `cf[…]`.
  querySerializer: createQuerySerializer({ object: { style: "form", explode: true } }),
});
const check = (right: unknown, what: string) => {
  if (!right) throw new Error(what);
};

const created = await client.POST("/support/api/v1/tickets/", {
  body: {
    subject: "The grinder sings",
    description: "Since Monday.",
    requester: { email: "ada@example.com", name: "Ada" },
    priority: "high",
    tags: ["grinder"],
    custom_fields: { order: "4711" },
  },
});
check(created.response.status === 201 && created.data, "it is created");
const reference = created.data!.reference;
const path = { reference };

const listed = await client.GET("/support/api/v1/tickets/", {
  params: {
    query: { priority: ["high", "urgent"], cf: { "cf-order-contains": "4711" }, expand: ["assignee"] },
  },
});
check(listed.data!.results.map((row) => row.reference).join() === reference, "it is listed");
check(listed.data!.results[0].expanded!.assignee === null, "with its assignee");
const none = await client.GET("/support/api/v1/tickets/", { params: { query: { priority: ["low"] } } });
check(none.data!.results.length === 0, "the filter leaves it out");

const reply = await client.POST("/support/api/v1/tickets/{reference}/replies/", {
  params: { path },
  body: { body: "See the picture.", attachments: [{ name: "collar.txt", content: "c21va2U=" }] },
});
check(reply.data && "channel" in reply.data, "it is answered");
const file = (reply.data as { attachments: { id: string }[] }).attachments[0];
const download = await client.GET("/support/api/v1/attachments/{uuid}/", {
  params: { path: { uuid: file.id } },
  parseAs: "text",
});
check((download.data as unknown) === "smoke", "the file comes back");

const seen = await client.GET("/support/api/v1/tickets/{reference}/", { params: { path } });
const tag = seen.response.headers.get("ETag")!;
const note = await client.POST("/support/api/v1/tickets/{reference}/notes/", {
  params: { path },
  body: { body: "The third this week." },
});
check(note.response.status === 201, "it is noted");

const stale = await client.PATCH("/support/api/v1/tickets/{reference}/", {
  params: { path, header: { "If-Match": tag } },
  body: { priority: "low" },
});
check(stale.response.status === 412 && stale.error!.code === "stale", "a stale change is refused");
const wrong = await client.POST("/support/api/v1/tickets/{reference}/status/", {
  params: { path },
  body: { status: "reopened" },
});
check(wrong.response.status === 409, "no way leads there");

const closed = await client.POST("/support/api/v1/tickets/{reference}/status/", {
  params: { path },
  body: { status: "closed" },
});
check(closed.data!.status === "closed" && closed.data!.notes.length === 1, "it is closed");
console.log(reference);

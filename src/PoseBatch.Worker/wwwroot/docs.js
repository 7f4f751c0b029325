// The API for people, drawn from its description for programs.
import { at, get } from "./api.js";
import { el } from "./dom.js";

const verbs = ["get", "put", "post", "delete"];
const address = new URL(".", document.baseURI).href.replace(/\/$/, "");
let api = null;

const referred = (ref) => ref.split("/").slice(1).reduce((found, name) => found[name], api);
const resolved = (one) => (one.$ref ? { ...referred(one.$ref), ...one } : one);
const nameOf = (ref) => ref.split("/").at(-1);
const code = (text) => el("code", {}, text);

// A schema in a few words: links to schemas with a name of their own, ranges and choices in full.
function typeOf(schema) {
  if (schema.$ref?.startsWith("#/components/schemas/") && !schema.$ref.includes("$defs")) return [el("a", { href: `#schema-${nameOf(schema.$ref)}` }, nameOf(schema.$ref))];
  const one = resolved(schema);
  const choices = one.oneOf ?? one.anyOf;
  if (choices) return join(choices.map(typeOf), " or ");
  if (one.enum) return [one.enum.map((value) => (value === null ? "null" : value)).join(", ")];
  const types = [one.type ?? "any"].flat().filter((type) => type !== "null" && type !== "array");
  const words = one.items && [one.type].flat().includes("array") ? ["array of ", ...typeOf(one.items)] : [one.format === "binary" ? "bytes" : types.join(" or ") || "array"];
  const { minimum: least, maximum: most, exclusiveMinimum: above } = one;
  if (least !== undefined && most !== undefined) words.push(`, ${least} to ${most}`);
  else if (least !== undefined) words.push(`, ${least} or more`);
  else if (above !== undefined) words.push(`, more than ${above}`);
  if (one.default !== undefined) words.push(`, else ${one.default}`);
  if ([one.type].flat().includes("null")) words.push(" or null");
  return words;
}

function join(lists, between) {
  return lists.flatMap((list, index) => (index === 0 ? list : [between, ...list]));
}

// Name, type and meaning of each; objects within an object stand with dots.
function fieldsOf(schema, before = "") {
  const one = resolved(schema);
  return Object.entries(one.properties ?? {}).flatMap(([name, field]) => {
    const inner = field.$ref ? [] : fieldsOf(field, `${before}${name}.`);
    return [row(`${before}${name}`, typeOf(field), meaningOf(field), one.required?.includes(name)), ...inner];
  });
}

function meaningOf(field) {
  const own = field.description ?? field.oneOf?.find((choice) => choice.description)?.description;
  const each = field.items?.$ref ? null : field.items?.description;
  return [own, each ? `Each is ${each}` : null].filter(Boolean).join(" ");
}

function row(name, type, description, isRequired) {
  return el("div", {}, el("dt", {}, code(name), " ", el("span", { class: "soft" }, ...type, isRequired ? ", always" : "")), el("dd", {}, description ?? ""));
}

const list = (rows) => el("dl", { class: "fields" }, ...rows);

function parametersOf(operation) {
  const rows = (operation.parameters ?? []).map((one) => row(one.name, [`${one.in}, `, ...typeOf(one.schema)], one.description, one.required));
  return rows.length === 0 ? [] : [el("h4", {}, "Parameters"), list(rows)];
}

function bodyOf(operation) {
  const content = Object.entries(operation.requestBody?.content ?? {});
  return content.length === 0 ? [] : [el("h4", {}, "Body"), list(content.map(([type, media]) => row(type, typeOf(media.schema), null)))];
}

function answersOf(operation) {
  const rows = Object.entries(operation.responses).map(([status, one]) => {
    const answer = resolved(one);
    const held = Object.entries(answer.content ?? {}).map(([type, media]) => [code(type), " ", ...typeOf(media.schema)]);
    const headers = Object.entries(answer.headers ?? {}).map(([name, header]) => `${name}: ${header.description}`);
    return el("div", {}, el("dt", {}, code(status === "default" ? "other" : status), " ", el("span", { class: "soft" }, ...join(held, ", "))),
      el("dd", {}, [answer.description.replace(" Problem JSON (RFC 9457).", "").replace(/\.$/, ""), ...headers].join(". ")));
  });
  return [el("h4", {}, "Answers"), list(rows)];
}

// The least that a schema takes.
function sample(schema) {
  const one = resolved(schema);
  if (one.enum) return one.enum[0];
  if (one.properties) return Object.fromEntries((one.required ?? []).map((name) => [name, sample(one.properties[name])]));
  return [one.type].flat().includes("integer") ? one.minimum ?? 0 : "...";
}

function commandsOf(verb, path, operation) {
  const query = (operation.parameters ?? []).filter((one) => one.in === "query" && one.required).map((one) => `${one.name}=...`).join("&");
  const target = `'${address}${path.replaceAll(/\{(\w+)\}/g, (_, name) => name.toUpperCase())}${query ? `?${query}` : ""}'`;
  const content = Object.entries(operation.requestBody?.content ?? {})[0];
  const isFile = content?.[1].schema.format === "binary";
  const method = verb === "get" || (verb === "put" && isFile) || (verb === "post" && content) ? "" : ` -X ${verb.toUpperCase()}`;
  const body = !content ? "" : isFile ? " -T clip.mp4" : ` -d '${JSON.stringify(sample(content[1].schema))}'`;
  const commands = [`curl -s${isFile && verb === "post" ? " -X POST" : method}${body} ${target}`];
  if (resolved(operation.responses[200] ?? {}).content?.["text/event-stream"]) commands.push(`curl -sN -H 'Accept: text/event-stream' ${target}`);
  return el("pre", {}, commands.join("\n"));
}

function drawCard(id, title, words, content) {
  return el("details", { class: "card", id }, el("summary", {}, el("h3", {}, ...title), el("span", { class: "soft" }, words)), el("div", { class: "stack" }, ...content));
}

function drawOperation(verb, path, operation) {
  const title = [el("span", { class: "pill run" }, verb.toUpperCase()), " ", code(path)];
  return drawCard(operation.operationId, title, operation.summary, [
    operation.description ? el("p", {}, operation.description) : null,
    ...parametersOf(operation), ...bodyOf(operation), ...answersOf(operation), el("h4", {}, "With curl"), commandsOf(verb, path, operation),
  ]);
}

function drawSchema(name, schema) {
  const fields = fieldsOf(schema);
  return drawCard(`schema-${name}`, [name], schema.description ?? "", [fields.length === 0 ? el("p", {}, ...typeOf(schema)) : list(fields)]);
}

function draw() {
  const operations = Object.entries(api.paths).flatMap(([path, all]) => verbs.filter((verb) => all[verb]).map((verb) => ({ verb, path, of: all[verb] })));
  const groups = api.tags.map(({ name }) => ({ name, operations: operations.filter((one) => one.of.tags[0] === name) }));
  const ways = Object.values(api.components.securitySchemes);
  document.getElementById("view").replaceChildren(
    el("h1", {}, "API"), el("p", {}, api.info.description),
    el("p", {}, "Where the service has a key, send it as ", code(ways.find((one) => one.in === "header").name), " or as ", code("Authorization: Bearer"), ". For programs: ",
      el("a", { href: at("/openapi/v1.json") }, "openapi/v1.json"), "."),
    el("nav", { "aria-label": "Operations" }, el("ul", { class: "index" }, ...groups.map((group) => el("li", {}, group.name, el("ul", {},
      ...group.operations.map((one) => el("li", {}, el("a", { href: `#${one.of.operationId}` }, `${one.verb.toUpperCase()} ${one.path}`)))))))),
    ...groups.map((group) => el("section", { class: "stack" }, el("h2", {}, group.name), ...group.operations.map((one) => drawOperation(one.verb, one.path, one.of)))),
    el("section", { class: "stack" }, el("h2", {}, "Schemas"), ...Object.entries(api.components.schemas).map(([name, schema]) => drawSchema(name, schema))));
}

// What an address or a link names is opened and has the focus.
function reveal() {
  const named = document.getElementById(location.hash.slice(1));
  if (named?.tagName !== "DETAILS") return;
  named.open = true;
  named.scrollIntoView();
  named.querySelector("summary").focus({ preventScroll: true });
}

window.addEventListener("hashchange", reveal);
try {
  api = await get("/openapi/v1.json");
  draw();
  reveal();
} catch (failure) {
  document.getElementById("view").replaceChildren(el("p", { class: "notice bad-notice", role: "alert" }, failure.message));
}

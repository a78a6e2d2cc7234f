// The way from a shape to the one with a property more, kept for the ways taken last: objects of a kind that comes and goes, as the fields of
// each message do, find their shapes without a search and without making them anew. Invariant: `from` and `to` of a way are held, are in
// the table of shapes, and so are never changed; a collection lets go of all.
import type { Edit } from "../edited-source.ts";

const ways = `/* shapes of more properties change in place, as dictionaries need */
#define WAYS_UP_TO 8
static struct way { JSShape *from, *to; JSAtom atom; int flags; } ways[64];

static inline struct way *way_from(JSShape *sh, JSAtom atom)
{
    return &ways[((uintptr_t)sh >> 5 ^ atom) & 63];
}

/* adds a property along a known way; NULL where there is none, or no memory */
static inline JSProperty *add_along(JSContext *ctx, JSObject *p, JSAtom atom, int flags)
{
    JSShape *sh = p->shape;
    struct way *way = way_from(sh, atom);
    JSShape *to = way->to;
    if (way->from != sh || way->atom != atom || way->flags != flags)
        return NULL;
    if (to->prop_size != sh->prop_size) {
        JSProperty *props = js_realloc(ctx, p->prop, sizeof(JSProperty) * to->prop_size);
        if (!props)
            return NULL;
        p->prop = props;
    }
    /* the way holds both: the old one does not end here */
    JS_REF_COUNT(sh)--;
    JS_REF_COUNT(to)++;
    p->shape = to;
    return &p->prop[to->prop_count - 1];
}

static no_inline void keep_way(JSRuntime *rt, JSShape *from, JSShape *to, JSAtom atom, int flags)
{
    struct way *way = way_from(from, atom), old = *way;
    way->from = from;
    way->to = js_dup_shape(to);
    way->atom = atom;
    way->flags = flags;
    js_free_shape_null(rt, old.from);
    js_free_shape_null(rt, old.to);
}

static void drop_ways(JSRuntime *rt)
{
    for (int i = 0; i < countof(ways); i++) {
        struct way old = ways[i];
        ways[i].from = ways[i].to = NULL;
        js_free_shape_null(rt, old.from);
        js_free_shape_null(rt, old.to);
    }
}

`;

export const shapeEdits: readonly Edit[] = [
  {
    from: `static JSProperty *add_property(JSContext *ctx,
                                JSObject *p, JSAtom prop, int prop_flags)
{
    JSShape *sh, *new_sh;
`,
    to: `${ways}static JSProperty *add_property(JSContext *ctx,
                                JSObject *p, JSAtom prop, int prop_flags)
{
    JSShape *sh, *new_sh;
`,
    times: 1,
  },
  {
    from: `    sh = p->shape;
    if (sh->is_hashed) {
        /* try to find an existing shape */`,
    to: `    JSProperty *added = add_along(ctx, p, prop, prop_flags);
    if (added)
        return added;
    sh = p->shape;
    /* one more reference, which is the way's in the end: such a shape is not changed, but copied */
    bool kept = sh->is_hashed && sh->prop_count < WAYS_UP_TO;
    if (kept)
        js_dup_shape(sh);
    if (sh->is_hashed) {
        /* try to find an existing shape */`,
    times: 1,
  },
  {
    from: `                if (!new_prop)
                    return NULL;
                p->prop = new_prop;
            }
            p->shape = js_dup_shape(new_sh);
            js_free_shape(ctx->rt, sh);
            return`,
    to: `                if (!new_prop)
                    goto fail;
                p->prop = new_prop;
            }
            p->shape = js_dup_shape(new_sh);
            js_free_shape(ctx->rt, sh);
            if (kept)
                keep_way(ctx->rt, sh, new_sh, prop, prop_flags);
            return`,
    times: 1,
  },
  {
    from: `            new_sh = js_clone_shape(ctx, sh);
            if (!new_sh)
                return NULL;
            /* hash the cloned shape */`,
    to: `            new_sh = js_clone_shape(ctx, sh);
            if (!new_sh)
                goto fail;
            /* hash the cloned shape */`,
    times: 1,
  },
  {
    from: `    if (add_shape_property(ctx, &p->shape, p, prop, prop_flags))
        return NULL;
    return &p->prop[p->shape->prop_count - 1];
}`,
    to: `    if (add_shape_property(ctx, &p->shape, p, prop, prop_flags))
        goto fail;
    if (kept)
        keep_way(ctx->rt, sh, p->shape, prop, prop_flags);
    return &p->prop[p->shape->prop_count - 1];
 fail:
    if (kept)
        js_free_shape(ctx->rt, sh);
    return NULL;
}`,
    times: 1,
  },
  {
    from: `void JS_RunGC(JSRuntime *rt)
{`,
    to: `static void drop_ways(JSRuntime *rt);
void JS_RunGC(JSRuntime *rt)
{
    drop_ways(rt);`,
    times: 1,
  },
  // fields of object literals, without the way over property descriptors
  {
    from: `                int ret;
                JSAtom atom;
                atom = get_u32(pc);
                pc += 4;

                ret = JS_DefinePropertyValue(ctx, sp[-2], atom, sp[-1],
                                             JS_PROP_C_W_E | JS_PROP_THROW);
                sp--;`,
    to: `                int ret = 0;
                JSProperty *added;
                JSAtom atom;
                JSObject *plain = JS_VALUE_GET_OBJ(sp[-2]);
                atom = get_u32(pc);
                pc += 4;
                if (JS_VALUE_GET_TAG(sp[-2]) == JS_TAG_OBJECT && plain->class_id == JS_CLASS_OBJECT &&
                    plain->extensible && !plain->is_exotic && !plain->is_prototype &&
                    /* where a way leads on, there is no such property yet */
                    ((added = add_along(ctx, plain, atom, JS_PROP_C_W_E)) ||
                     !find_own_property(&added, plain, atom))) {
                    if (!added && !(added = add_property(ctx, plain, atom, JS_PROP_C_W_E)))
                        goto exception;
                    added->u.value = sp[-1];
                } else
                ret = JS_DefinePropertyValue(ctx, sp[-2], atom, sp[-1],
                                             JS_PROP_C_W_E | JS_PROP_THROW);
                sp--;`,
    times: 1,
  },
  // Fields of most objects are three or four.
  { from: "JS_PROP_INITIAL_SIZE 2", to: "JS_PROP_INITIAL_SIZE 4", times: 1 },
];

// The engine's own copy of quickjs.c: fields of object literals are added without the way over property descriptors, which takes more than
// half of what an object costs. What the code of a server sees is the same.
import { join } from "node:path";
import { sharedOut, type Step } from "../build/step.ts";
import { type Edit, editedSourceStep } from "./edited-source.ts";

/** What is changed, and into what. Lines stay as they are: the profile beside the engine's C counts them. */
export const engineEdits: readonly Edit[] = [
  {
    from: `                int ret;
                JSAtom atom;
                atom = get_u32(pc);
                pc += 4;

                ret = JS_DefinePropertyValue(ctx, sp[-2], atom, sp[-1],
                                             JS_PROP_C_W_E | JS_PROP_THROW);
                sp--;`,
    to: `                int ret = 0; JSProperty *added;
                JSAtom atom;
                atom = get_u32(pc); JSObject *plain = JS_VALUE_GET_OBJ(sp[-2]);
                pc += 4;
                if (JS_VALUE_GET_TAG(sp[-2]) == JS_TAG_OBJECT && plain->class_id == JS_CLASS_OBJECT && plain->extensible && !plain->is_exotic && !find_own_property(&added, plain, atom)) { added = add_property(ctx, plain, atom, JS_PROP_C_W_E); if (!added) goto exception; added->u.value = sp[-1]; } else
                ret = JS_DefinePropertyValue(ctx, sp[-2], atom, sp[-1],
                                             JS_PROP_C_W_E | JS_PROP_THROW);
                sp--;`,
    times: 1,
  },
];

/** The folder where the copy lies, as quickjs.c. */
export const engineSourceFolder = join(sharedOut, "engine/source");
export const engineSourceCopy = join(engineSourceFolder, "quickjs.c");

/** Writes the copy. */
export function engineSourceStep(): Step {
  return editedSourceStep("source of the engine", engineSourceCopy, engineEdits);
}

/** Default arguments of parameters whose type wraps the constant: dynamic and optional ones. */
import test from "ava";
import { runBoth } from "../testing/run.ts";

test("defaults of dynamic and optional parameters are values of their type", (t) => {
  const text = `import io from "io";
struct P { x: i64 }
fn P.get(*self, k = 1, s = "t", b = true, f = 1.5, n = null) { io.println("{self.x} {k} {s} {b} {f} {n}"); }
fn opt(a: ?i64 = 3, b: ?i64 = null) { io.println("{a or 0} {b or 7}"); }
fn main() {
    var p = P { x: 9 };
    p.get();
    p.get(2, s: "u");
    opt();
    opt(1, 2);
}
`;
  t.is(runBoth(text).output, "9 1 t true 1.5 null\n9 2 u true 1.5 null\n3 7\n1 2\n");
});

// Errors of everything that reads or writes images.

/** What can be wrong with an image or its inputs; the codes are stable. */
export type ImageErrorCode =
  | "not_elf"
  | "bad_elf"
  | "bad_entry"
  | "bad_image"
  | "bad_digest"
  | "bad_name"
  | "too_large";

/** An image or an input that can't be used; the message is a sentence that says what to do. */
export class ImageError extends Error {
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string) {
    super(message);
    this.name = "ImageError";
    this.code = code;
  }
}

// Files of the volume that the loader itself came from (UEFI 13.4, 13.5): no other volume is looked
// at.
#include "loader.h"

static efi_status volume_open(struct efi_file **root) {
  static const struct efi_guid image_guid = {
      0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
  static const struct efi_guid system_guid = {
      0x964e5b22, 0x6459, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
  struct efi_loaded_image *image;
  struct efi_file_system *system;
  efi_status status = efi->boot->handle_protocol(loader_handle, &image_guid, &image);
  if (status == 0)
    status = efi->boot->handle_protocol(image->device, &system_guid, &system);
  return status == 0 ? system->open_volume(system, root) : status;
}

static efi_status read_whole(struct efi_file *file, const char *name, uint64_t most, void **data,
                             uint64_t *bytes) {
  uint64_t done = 0;
  efi_status status = file->set_position(file, UINT64_MAX);
  if (status == 0)
    status = file->get_position(file, bytes);
  if (status == 0)
    status = file->set_position(file, 0);
  if (status != 0)
    return fail(status, "\\leivos\\% can't be measured; check the disk", name);
  if (*bytes == 0 || *bytes > most)
    return fail(EFI_LOAD_ERROR, "\\leivos\\% is empty or too long; write it again", name);
  if ((*data = pages_allocate(*bytes, 0)) == 0)
    return fail(EFI_OUT_OF_RESOURCES, "too little memory for \\leivos\\%; give the machine more",
                name);
  while (done < *bytes) {
    uint64_t part = *bytes - done;
    status = file->read(file, &part, (uint8_t *)*data + done);
    if (status != 0 || part == 0 || part > *bytes - done)
      return fail(status != 0 ? status : EFI_DEVICE_ERROR,
                  "\\leivos\\% can't be read; check the disk", name);
    done += part;
  }
  return EFI_SUCCESS;
}

efi_status file_load(const char16 *path, const char *name, bool optional, uint64_t most,
                     void **data, uint64_t *bytes) {
  struct efi_file *root, *file;
  efi_status status = volume_open(&root);
  if (status != 0)
    return fail(status, "the disk with \\leivos\\% can't be opened; it must be FAT", name);
  status = root->open(root, &file, path, EFI_FILE_READ, 0);
  root->close(root);
  if (status == EFI_NOT_FOUND && optional)
    return status;
  if (status != 0)
    return fail(status, "no file \\leivos\\%; put it on the EFI system partition", name);
  status = read_whole(file, name, most, data, bytes);
  file->close(file);
  return status;
}

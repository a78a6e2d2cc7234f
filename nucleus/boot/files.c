// Files of the volume that the loader itself came from (UEFI 13.4, 13.5): no other volume is looked
// at.
#include "loader.h"

static efi_status volume_open(struct efi_file **root) {
  // 5b1b31a1-9562-11d2-8e3f-00a0c969723b
  static const struct efi_guid image_guid = {0x11d295625b1b31a1, 0x3b7269c9a0003f8e};
  // 964e5b22-6459-11d2-8e39-00a0c969723b
  static const struct efi_guid system_guid = {0x11d26459964e5b22, 0x3b7269c9a000398e};
  struct efi_loaded_image *image;
  struct efi_file_system *system;
  efi_status status = efi->boot->protocol(loader_handle, &image_guid, &image);
  if (status == 0)
    status = efi->boot->protocol(image->device, &system_guid, &system);
  return status == 0 ? system->open_volume(system, root) : status;
}

static efi_status read_whole(struct efi_file *file, uint8_t *data, uint64_t bytes) {
  efi_status status = file->set_position(file, 0);
  for (uint64_t done = 0, part; status == 0 && done < bytes; done += part) {
    part = bytes - done;
    status = file->read(file, &part, data + done);
    if (status == 0 && (part == 0 || part > bytes - done))
      return EFI_ERROR(EFI_DEVICE_ERROR);
  }
  return status;
}

efi_status file_load(const char16 *path, const char *name, bool optional, uint64_t most,
                     uint64_t *address, uint64_t *bytes) {
  struct efi_file *root, *file;
  efi_status status = volume_open(&root);
  if (status != 0)
    return fail(status, name, "the disk that it is on can't be opened", 0, "format it as FAT");
  status = root->open(root, &file, path, EFI_FILE_READ, 0);
  if (status == EFI_ERROR(EFI_NOT_FOUND) && optional)
    return status;
  if (status != 0)
    return fail(status, name, "there is no such file", 0, "put it on the EFI system partition");
  if ((status = file->set_position(file, EFI_FILE_END)) == 0)
    status = file->get_position(file, bytes);
  if (status == 0 && *bytes > most)
    return fail(EFI_ERROR(EFI_LOAD_ERROR), name, "it is too long", 0, "write it again");
  if (status == 0 && (*address = (uint64_t)pages_allocate(*bytes, 0)) == 0)
    return fail_memory(name);
  if (status == 0)
    status = read_whole(file, (uint8_t *)*address, *bytes);
  file->close(file);
  root->close(root);
  return status == 0 ? 0 : fail(status, name, "it can't be read", 0, "check the disk");
}

// The heads of the last messages of this process, for whoever asks after its end.
#ifndef LEIVOS_RECORDER_H
#define LEIVOS_RECORDER_H
#include <stdint.h>

/// The page to write to; 0: none, and the other functions do nothing.
void recorder_begin(uint64_t address);
/// The `bytes` of submissions in `area` are about to leave, at `time` (ns since boot).
void recorder_submitted(uint64_t time, const uint8_t *area, uint64_t bytes);
/// The `bytes` of events in `area` have arrived; a turn begins.
void recorder_received(uint64_t time, const uint8_t *area, uint64_t bytes);
#endif

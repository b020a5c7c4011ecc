// This header defines the writing half of the codec: an entry becomes its line.
// Format: specs/log-format.md. How it works: specs/reflection.md, "One interpreter".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "logslice/reflection/internal/byte_buffer.h"
#include "logslice/reflection/internal/type_table.h"

namespace logslice::internal {

// The memory that the entry holds (memory_bytes()) if `encode_line` can write it. Otherwise
// InvalidArgument naming type and member: a NaN or infinite number, a time or duration without a
// text, nesting beyond JsonValue::kDepthMax, an extra member with a reserved or taken name; or
// ResourceExhausted: a line of more than `line_bytes_max` bytes. Threads: any.
absl::StatusOr<size_t> check_encodable(const TypeTable& table, const void* entry,
                                       int64_t line_bytes_max);

// Appends one line, with its newline, to `out` and returns how many strings were repaired (invalid
// UTF-8 became U+FFFD). `ts_text` is a time as TimeTextCache formats it. `check_encodable` must
// have passed; allocates only if `out` has to grow. Threads: any, for different buffers.
int64_t encode_line(const TypeTable& table, const void* entry, int64_t seq,
                    std::string_view ts_text, ByteBuffer& out);

// Appends the entry as an object of its members only, without `__type__`, as snapshots hold it.
void encode_entry_object(const TypeTable& table, const void* entry, std::string& out);

// Appends any described value.
void encode_value(const ValueType& type, const void* value, ByteBuffer& out);

// The same check as `check_encodable`, for any described value.
absl::Status check_value_encodable(const ValueType& type, const void* value);

// The memory that an entry holds: its size and what its members allocate. Threads: any.
size_t memory_bytes(const TypeTable& table, const void* entry);

}  // namespace logslice::internal

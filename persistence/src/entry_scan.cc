#include "logslice/persistence/internal/entry_scan.h"

#include <utility>

#include "erased_entry.h"
#include "logslice/reflection/internal/status.h"
#include "logslice/reflection/internal/type_table.h"

namespace logslice::internal {

absl::StatusOr<EntryScan> EntryScan::open(const TypeTable& (*table)(),
                                          const std::filesystem::path& path,
                                          const ScanOptions& options) {
  return or_out_of_memory([&]() -> absl::StatusOr<EntryScan> {
    absl::StatusOr<std::unique_ptr<LogScanner>> scanner = LogScanner::open(table(), path, options);
    if (!scanner.ok()) return scanner.status();
    return EntryScan(table(), *std::move(scanner));
  });
}

EntryScan::EntryScan(const TypeTable& table, std::unique_ptr<LogScanner> scanner)
    : scanner_(std::move(scanner)),
      entry_(std::make_unique<ErasedEntry>(table)),
      room_(entry_->get()) {}

EntryScan::EntryScan(EntryScan&&) noexcept = default;
EntryScan& EntryScan::operator=(EntryScan&&) noexcept = default;
EntryScan::~EntryScan() = default;

}  // namespace logslice::internal

// The limit of the durable rows: a file, a lock, and nothing else.
#include <unistd.h>

#include <fstream>
#include <mutex>

#include "bench.h"
#include "files.h"
#include "line_store.h"

namespace logslice::bench {
namespace {

class FileStore final : public LineStore {
 public:
  FileStore(const std::filesystem::path& directory, Callers callers)
      : path_(directory / "lines.jsonl"),
        callers_(callers),
        file_(path_, OpenFile::Mode::kAppendToNew) {}

  void put(std::string_view line) override {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (callers_ == Callers::kAny) lock.lock();
    file_.write_whole(line);
    check(fdatasync(file_.descriptor()) == 0, "fdatasync");
  }

  void close() override {}

  void for_each_line(const std::function<void(std::string_view)>& visit) const override {
    for_each_line_of_file(path_, visit);
  }

 private:
  const std::filesystem::path path_;
  const Callers callers_;
  const OpenFile file_;
  std::mutex mutex_;
};

}  // namespace

void for_each_line_of_file(const std::filesystem::path& path,
                           const std::function<void(std::string_view)>& visit) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) visit(line += '\n');
}

LineStoreMaker synced_file(Callers callers) {
  return {callers == Callers::kOne ? "write + fdatasync" : "lock around write + fdatasync",
          [callers](const std::filesystem::path& directory) {
            return std::make_unique<FileStore>(directory, callers);
          }};
}

}  // namespace logslice::bench

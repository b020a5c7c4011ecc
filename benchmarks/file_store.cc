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
  FileStore(const std::filesystem::path& directory, EachPut each_put, Callers callers)
      : path_(directory / "lines.jsonl"),
        each_put_(each_put),
        callers_(callers),
        file_(path_, OpenFile::Mode::kAppendToNew) {}

  void put(std::string_view line) override {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (callers_ == Callers::kAny) lock.lock();
    file_.write_whole(line);
    if (each_put_ == EachPut::kSynced) check(fdatasync(file_.descriptor()) == 0, "fdatasync");
  }

  void close() override {}

  void for_each_line(const std::function<void(std::string_view)>& visit) const override {
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) visit(line += '\n');
  }

 private:
  const std::filesystem::path path_;
  const EachPut each_put_;
  const Callers callers_;
  const OpenFile file_;
  std::mutex mutex_;
};

}  // namespace

LineStoreMaker file_store(Callers callers) {
  return {callers == Callers::kOne ? "write + fdatasync" : "lock around write + fdatasync",
          [callers](const std::filesystem::path& directory, EachPut each_put) {
            return std::make_unique<FileStore>(directory, each_put, callers);
          }};
}

}  // namespace logslice::bench

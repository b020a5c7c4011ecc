// This header defines TextTable, columns of names and numbers for a terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace logslice::command {

// Where a name that does not fit loses its text.
enum class Cut { kFront, kBack };

// TextTable puts columns beside each other: names to the left, numbers to the right. Names and
// titles are made safe and are cut so that the table fits; numbers never are.
class TextTable {
 public:
  void add_names(std::string title, std::vector<std::string> cells, Cut cut);
  // Two lines of title; the upper line is left out if no column has one.
  void add_numbers(std::string upper_title, std::string title, std::vector<std::string> cells);

  // With a line end behind each line. Without `columns` nothing is cut. Spaces at the end of a line
  // are left out.
  std::string text(std::optional<int> columns) const;

 private:
  struct Column {
    std::string upper_title;
    std::string title;
    std::vector<std::string> cells;
    bool has_numbers;
    Cut cut;
  };

  std::vector<int> widths(std::optional<int> columns) const;
  static int width_of_numbers(const Column& column);
  static void append_row(std::string& out, const std::vector<std::string>& cells,
                         const std::vector<int>& widths, const std::vector<Column>& columns);

  std::vector<Column> columns_;
};

// `safe` in at most `columns` (>= 1), what is cut off shown by an `…`.
std::string cut_to(const std::string& safe, int columns, Cut cut);

}  // namespace logslice::command

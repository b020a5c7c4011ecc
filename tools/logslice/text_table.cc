#include "text_table.h"

#include <algorithm>
#include <utility>

#include "safe_text.h"

namespace logslice::command {

namespace {

constexpr int kGapColumns = 2;
constexpr int kNameColumnsMin = 6;
constexpr int kTitleColumnsMin = 6;

int total_of(const std::vector<int>& widths) {
  int total = -kGapColumns;
  for (const int width : widths) total += width + kGapColumns;
  return total;
}

}  // namespace

std::string cut_to(const std::string& safe, int columns, Cut cut) {
  if (columns_of(safe) <= columns) return safe;
  std::string shown;
  if (cut == Cut::kBack) {
    append_cut(shown, safe, columns);
    return shown;
  }
  std::string_view rest = safe;
  while (!rest.empty() && columns_of(rest) > columns - 1) {
    rest.remove_prefix(1);
    // Not within a character.
    while (!rest.empty() && (rest.front() & 0xC0) == 0x80) rest.remove_prefix(1);
  }
  return "\u2026" + std::string(rest);
}

void TextTable::add_names(std::string title, std::vector<std::string> cells, Cut cut) {
  for (std::string& cell : cells) cell = safe_text(cell);
  columns_.push_back({"", safe_text(title), std::move(cells), false, cut});
}

void TextTable::add_numbers(std::string upper_title, std::string title,
                            std::vector<std::string> cells) {
  columns_.push_back(
      {std::move(upper_title), safe_text(title), std::move(cells), true, Cut::kFront});
}

int TextTable::width_of_numbers(const Column& column) {
  // A title that stands alone says what the numbers are.
  int width = columns_of(column.upper_title.empty() ? column.title : column.upper_title);
  for (const std::string& cell : column.cells) width = std::max(width, columns_of(cell));
  return width;
}

// What is widest gives way first, down to a few letters.
std::vector<int> TextTable::widths(std::optional<int> columns) const {
  std::vector<int> widths;
  for (const Column& column : columns_) {
    widths.push_back(std::max(width_of_numbers(column), columns_of(column.title)));
  }
  if (!columns.has_value()) return widths;
  const auto least = [this](size_t i) {
    return columns_[i].has_numbers ? std::max(width_of_numbers(columns_[i]), kTitleColumnsMin)
                                   : kNameColumnsMin;
  };
  while (total_of(widths) > *columns) {
    size_t widest = widths.size();
    for (size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] > least(i) && (widest == widths.size() || widths[i] > widths[widest])) {
        widest = i;
      }
    }
    if (widest == widths.size()) break;
    --widths[widest];
  }
  return widths;
}

void TextTable::append_row(std::string& out, const std::vector<std::string>& cells,
                           const std::vector<int>& widths, const std::vector<Column>& columns) {
  std::string row;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string shown = cut_to(cells[i], widths[i], columns[i].cut);
    const std::string room(static_cast<size_t>(std::max(0, widths[i] - columns_of(shown))), ' ');
    if (i > 0) row.append(kGapColumns, ' ');
    row += columns[i].has_numbers ? room + shown : shown + room;
  }
  row.resize(row.find_last_not_of(' ') + 1);
  out.append(row).append("\n");
}

std::string TextTable::text(std::optional<int> columns) const {
  const std::vector<int> widths = this->widths(columns);
  std::string out;
  std::vector<std::string> upper;
  std::vector<std::string> titles;
  for (const Column& column : columns_) {
    upper.push_back(column.upper_title);
    titles.push_back(column.title);
  }
  const bool has_upper = std::any_of(upper.begin(), upper.end(),
                                     [](const std::string& text) { return !text.empty(); });
  if (has_upper) append_row(out, upper, widths, columns_);
  append_row(out, titles, widths, columns_);
  const size_t row_count = columns_.empty() ? 0 : columns_.front().cells.size();
  for (size_t row = 0; row < row_count; ++row) {
    std::vector<std::string> cells;
    for (const Column& column : columns_) cells.push_back(column.cells[row]);
    append_row(out, cells, widths, columns_);
  }
  return out;
}

}  // namespace logslice::command

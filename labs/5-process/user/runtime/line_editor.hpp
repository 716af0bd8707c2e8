#pragma once

#include <cstddef>
#include <string_view>

namespace user {

// A line of text from a raw console (console_mode), edited as it is typed: arrows, Home and End, backspace and Delete,
// Ctrl-A E K U L, and the lines before it by the up and down arrows. Of a line that is wider than the terminal the part
// around the cursor is shown, behind a <. A byte that finds no room rings the bell. The text is UTF-8, of which a
// character is edited as a whole.
class LineEditor {
public:
    static constexpr std::size_t MOST_BYTES = 120;
    static constexpr std::size_t HISTORY_LINES = 16;
    static constexpr std::size_t COLUMNS = 80; // of the terminal, of which the last stays free, lest it break the line

    enum class Ended { line, interrupted, input_over };

    // Reads one: `line` when Enter was typed (text() is what it says), `interrupted` by Ctrl-C, `input_over` by Ctrl-D
    // in an empty line or when nothing more can be read.
    Ended read(std::string_view prompt);

    std::string_view text() const { return {line_.bytes, line_.size}; }

private:
    struct Line {
        char bytes[MOST_BYTES];
        std::size_t size;
    };
    enum class Escape { none, begun, bracket, number };
    enum class Step { more, line, interrupted, input_over };

    Step take(char byte);
    void take_escape(char byte);
    void insert(char byte);
    void erase(std::size_t at);                        // the character there
    std::size_t character_bytes(std::size_t at) const; // of it
    void go_left();
    void recall(std::size_t back);
    void remember();
    void draw(std::string_view prompt);

    Line line_{};
    std::size_t cursor_ = 0;
    std::size_t first_shown_ = 0;
    bool is_changed_ = false; // since it was drawn, otherwise than by what was added at the end
    Escape escape_ = Escape::none;
    char escape_number_ = 0;

    Line history_[HISTORY_LINES]{};
    std::size_t remembered_ = 0; // of all time; the last HISTORY_LINES are kept
    std::size_t back_ = 0;       // how far we went back; 0: the line that is being written
    Line written_{};             // that line, while another is shown

    char typed_[64]; // read and not taken yet
    std::size_t typed_first_ = 0;
    std::size_t typed_end_ = 0;
};

} // namespace user

#include "labs/5-process/user/runtime/line_editor.hpp"

#include "labs/5-process/user/runtime/text.hpp"

#include <algorithm>
#include <cstring>

namespace user {

namespace {

constexpr char control(char letter) {
    return static_cast<char>(letter - 'A' + 1);
}
// Of UTF-8: one byte begins a character, and those behind it are shown in the same column.
constexpr bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}
constexpr char ESCAPE = 27;
constexpr char BACKSPACE = 8;
constexpr char DELETE = 127;

} // namespace

LineEditor::Ended LineEditor::read(std::string_view prompt) {
    line_.size = cursor_ = back_ = first_shown_ = 0;
    escape_ = Escape::none;
    draw(prompt);
    for (;;) {
        const std::size_t shown = line_.size; // when nothing but what is typed at the end is to be drawn
        is_changed_ = false;
        Step step = Step::more;
        while (typed_first_ < typed_end_ && step == Step::more)
            step = take(typed_[typed_first_++]);
        if (is_changed_ || prompt.size() + line_.size - first_shown_ >= COLUMNS)
            draw(prompt);
        else
            print({line_.bytes + shown, line_.size - shown});
        if (step != Step::more)
            print(step == Step::interrupted ? "^C\n" : "\n");
        switch (step) {
        case Step::line:
            remember();
            return Ended::line;
        case Step::interrupted:
            return Ended::interrupted;
        case Step::input_over:
            return Ended::input_over;
        case Step::more:
            break;
        }
        const std::int64_t bytes = user::read(INPUT, typed_, sizeof typed_);
        if (bytes <= 0) {
            print("\n");
            return Ended::input_over;
        }
        typed_first_ = 0;
        typed_end_ = static_cast<std::size_t>(bytes);
    }
}

// Whatever is not typed at the end has the line drawn anew.
LineEditor::Step LineEditor::take(char byte) {
    if (escape_ != Escape::none) {
        take_escape(byte);
        is_changed_ = true;
        return Step::more;
    }
    switch (byte) {
    case '\r':
    case '\n':
        return Step::line;
    case control('C'):
        return Step::interrupted;
    case control('D'):
        if (line_.size == 0)
            return Step::input_over;
        is_changed_ = true;
        erase(cursor_);
        return Step::more;
    case BACKSPACE:
    case DELETE:
        is_changed_ = true;
        if (cursor_ > 0) {
            go_left();
            erase(cursor_);
        }
        return Step::more;
    case control('A'):
        is_changed_ = true;
        cursor_ = 0;
        return Step::more;
    case control('E'):
        is_changed_ = true;
        cursor_ = line_.size;
        return Step::more;
    case control('K'):
        is_changed_ = true;
        line_.size = cursor_;
        return Step::more;
    case control('U'):
        is_changed_ = true;
        while (cursor_ > 0) {
            go_left();
            erase(cursor_);
        }
        return Step::more;
    case control('L'):
        is_changed_ = true;
        print("\x1b[2J\x1b[H");
        return Step::more;
    case ESCAPE:
        escape_ = Escape::begun;
        return Step::more;
    default:
        is_changed_ = is_changed_ || cursor_ != line_.size;
        insert(byte);
        return Step::more;
    }
}

// Keys come as ESC [ letter, ESC O letter or ESC [ number ~.
void LineEditor::take_escape(char byte) {
    if (escape_ == Escape::begun) {
        escape_ = byte == '[' || byte == 'O' ? Escape::bracket : Escape::none;
        return;
    }
    if (byte >= '0' && byte <= '9') {
        escape_ = Escape::number;
        escape_number_ = byte;
        return;
    }
    const char key = byte == '~' ? escape_number_ : byte;
    escape_ = Escape::none;
    if (key == 'A' && back_ < remembered_ && back_ < HISTORY_LINES)
        recall(back_ + 1);
    else if (key == 'B' && back_ > 0)
        recall(back_ - 1);
    else if (key == 'C' && cursor_ < line_.size)
        cursor_ += character_bytes(cursor_);
    else if (key == 'D' && cursor_ > 0)
        go_left();
    else if (key == 'H' || key == '1')
        cursor_ = 0;
    else if (key == 'F' || key == '4')
        cursor_ = line_.size;
    else if (key == '3')
        erase(cursor_);
}

void LineEditor::insert(char byte) {
    if (static_cast<unsigned char>(byte) < ' ')
        return;
    if (line_.size == MOST_BYTES) {
        print("\a");
        return;
    }
    std::memmove(line_.bytes + cursor_ + 1, line_.bytes + cursor_, line_.size - cursor_);
    line_.bytes[cursor_++] = byte;
    ++line_.size;
}

std::size_t LineEditor::character_bytes(std::size_t at) const {
    std::size_t bytes = 1;
    while (at + bytes < line_.size && continues_character(line_.bytes[at + bytes]))
        ++bytes;
    return bytes;
}

void LineEditor::go_left() {
    --cursor_;
    while (cursor_ > 0 && continues_character(line_.bytes[cursor_]))
        --cursor_;
}

void LineEditor::erase(std::size_t at) {
    if (at == line_.size)
        return;
    const std::size_t bytes = character_bytes(at);
    line_.size -= bytes;
    std::memmove(line_.bytes + at, line_.bytes + at + bytes, line_.size - at);
}

void LineEditor::recall(std::size_t back) {
    if (back_ == 0)
        written_ = line_;
    back_ = back;
    line_ = back == 0 ? written_ : history_[(remembered_ - back) % HISTORY_LINES];
    cursor_ = line_.size;
}

void LineEditor::remember() {
    if (line_.size > 0)
        history_[remembered_++ % HISTORY_LINES] = line_;
}

// The line anew: to its begin, what is shown of the text, nothing behind it, and the cursor back to its place.
void LineEditor::draw(std::string_view prompt) {
    const std::size_t room = COLUMNS - 1 - prompt.size();
    if (cursor_ <= first_shown_)
        first_shown_ = cursor_ > 0 ? cursor_ - 1 : 0;
    if (cursor_ > first_shown_ + room)
        first_shown_ = cursor_ - room;
    std::size_t end = std::min(line_.size, first_shown_ + room);
    while (end > cursor_ && end < line_.size && continues_character(line_.bytes[end]))
        --end;
    std::size_t begin = first_shown_ > 0 ? first_shown_ + 1 : 0; // the first byte's place is the mark's
    while (first_shown_ > 0 && begin < cursor_ && continues_character(line_.bytes[begin]))
        ++begin;
    Text drawing;
    drawing.add("\r").add(prompt).add(first_shown_ > 0 ? "<" : "");
    drawing.add({line_.bytes + begin, end - begin}).add("\x1b[K");
    for (std::size_t i = cursor_; i < end; ++i)
        if (!continues_character(line_.bytes[i]))
            drawing.add("\b");
}

} // namespace user

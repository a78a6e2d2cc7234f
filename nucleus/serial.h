// COM1 (a 16550), polled, for nucleus and loader. Where there is none, its port reads as ready and
// what is written goes nowhere.
#ifndef NUCLEUS_SERIAL_H
#define NUCLEUS_SERIAL_H
enum { COM1 = 0x3f8, COM1_PORTS = 8, COM1_LINE_CONTROL = 3, COM1_LINE_STATUS = 5 };
void serial_start(void); // 115,200 baud, 8N1, with FIFO and without interrupts
void serial_put(char c); // waits for the line, not for ever
#endif

// The least that a program costs.
#include <unistd.h>

int main(void) { return write(1, "password=constant\n", 18) != 18; }

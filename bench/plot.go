package main

func plot(panels []panel) string { return "" }

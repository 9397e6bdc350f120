A=$A$A$A
A=$A$A
$A $A "--x $A
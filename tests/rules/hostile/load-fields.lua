-- slips in the fields
-- expect: fault rule 'x' has no field 'competence'; did you mean 'competences'?
rule "x" {
  about = "a", source = "guide-2010", owner = "o", competence = "STL3",
  recommend = function() end,
}

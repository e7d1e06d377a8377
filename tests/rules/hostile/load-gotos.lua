-- jumps to nowhere, by the thousand
-- expect: fault no visible label
--* 3000 do goto l@ end 

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}

-- io does not exist
-- expect: fault unknown name 'io'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = io.open("/etc/passwd")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
